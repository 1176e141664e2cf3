"""The names by which the model calls hosted tools."""

from __future__ import annotations

import pytest

from local_api.engine.toolbox import name_beside
from local_api.hosted.code_interpreter import CodeInterpreter


@pytest.mark.parametrize(("taken", "expected"), [
    (set(), "python"),
    ({"calculate"}, "python"),
    ({"python"}, "python_of_assistant"),
    ({"python", "python_of_assistant"}, "python_of_assistant_of_assistant"),
])  # fmt: skip
def test_a_hosted_tool_has_a_name_that_no_function_of_the_user_has(taken: set[str], expected: str) -> None:
    assert name_beside(CodeInterpreter, taken) == expected
