"""Proxies and certificates that the environment names: ignored where they can't help, else named in the message."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

import openai
import pytest

from contract.talks import begin, finish
from live.endpoint import refusing, saying, serving
from maintenance.lesson import COURSE

REMOTE = "http://model.example/v1"  # RFC 2606: never anybody's
PROXIES = [f"{scheme}_PROXY" for scheme in ("HTTP", "HTTPS", "ALL", "NO")]


@pytest.fixture
def connect_to(connect: Callable, settings: pytest.MonkeyPatch) -> Callable[..., openai.OpenAI]:
    """Connects to an address, with these variables and no others of the kind."""

    def connect_(url: str, **variables: str) -> openai.OpenAI:
        for name in [*PROXIES, *map(str.lower, PROXIES), "SSL_CERT_FILE", "SSL_CERT_DIR"]:
            settings.delenv(name, raising=False)
        for name, value in {"MODEL_BASE_URL": url, "MODEL_NAME": "m", **variables}.items():
            settings.setenv(name, value)
        return connect(mode="live")

    return connect_


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_a_model_on_this_machine_is_never_asked_through_a_proxy(connect_to: Callable, name: str) -> None:
    with serving(saying("Hello.")) as endpoint, serving(refusing(503, "proxy")) as proxy:
        client = connect_to(endpoint.url, **{name: proxy.url})
        assert finish(client, begin(client, "hi")).status == "completed"
        assert (len(endpoint.bodies), len(proxy.bodies)) == (1, 0)


def test_a_proxy_that_cannot_be_used_does_not_matter_on_this_machine(connect_to: Callable) -> None:
    with serving(saying("Hello.")) as endpoint:
        client = connect_to(endpoint.url, ALL_PROXY="socks5://127.0.0.1:1")
        assert finish(client, begin(client, "hi")).status == "completed"


@pytest.mark.parametrize(("url", "variables", "said"), [
    (REMOTE, {"ALL_PROXY": "ftp://me:secret@proxy:1"}, r"^ALL_PROXY names a proxy of the kind ftp.*unset ALL_PROXY"),
    (REMOTE, {"ALL_PROXY": "socks5://127.0.0.1:1"}, r"^ALL_PROXY names a proxy of the kind socks5"),
    (REMOTE, {"https_proxy": "tcp://proxy:1"}, r"^https_proxy names a proxy of the kind tcp.*unset https_proxy"),
    (REMOTE, {"SSL_CERT_FILE": "/gone.pem"}, r"^SSL_CERT_FILE names /gone.pem.*unset SSL_CERT_FILE"),
    ("http://localhost:1/v1", {"SSL_CERT_FILE": "/gone.pem"}, r"^SSL_CERT_FILE names /gone.pem.*unset SSL_CERT_FILE"),
    ("https://localhost:1/v1", {"SSL_CERT_FILE": __file__}, r"^SSL_CERT_FILE names .*holds no certificates"),
])  # fmt: skip
def test_a_variable_that_cannot_be_used_is_named(
    connect_to: Callable, url: str, variables: dict[str, str], said: str
) -> None:
    with pytest.raises(ValueError, match=said) as refused:
        connect_to(url, **variables)
    assert "secret" not in str(refused.value)


def failed(client: openai.OpenAI) -> str:
    run = finish(client, begin(client, "hi"))
    return run.last_error.message


def test_a_refusal_that_may_be_a_proxys_names_its_variable(connect_to: Callable) -> None:
    with serving(refusing(407, "Who are you?")) as proxy:
        said = failed(connect_to(REMOTE, HTTP_PROXY=proxy.url.removesuffix("/v1")))
    assert "answered 407: " in said
    assert "through the proxy in HTTP_PROXY: if the proxy is at fault, add model.example to NO_PROXY." in said


def test_a_refusal_of_a_server_without_a_proxy_names_none(connect_to: Callable) -> None:
    with serving(refusing(407, "Who are you?")) as endpoint:
        assert "proxy" not in failed(connect_to(endpoint.url, HTTP_PROXY="http://127.0.0.1:1"))


@pytest.mark.parametrize("command", [
    ["-m", "maintenance.probe"],
    ["-m", "local_api", "serve", "--port", "0"],
])  # fmt: skip
def test_commands_name_the_variable_too(command: list[str]) -> None:
    own = {"SSL_CERT_FILE": "/gone.pem", "MODEL_BASE_URL": REMOTE, "COURSE_MODE": "live"}
    done = subprocess.run(
        [sys.executable, *command], cwd=COURSE, env={**os.environ, **own}, capture_output=True, text=True, timeout=60
    )
    assert "SSL_CERT_FILE names /gone.pem" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
