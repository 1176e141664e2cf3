"""The API's description of itself, in OpenAPI 3.1: made from its own models of requests and the SDK's types of answers.

The SDK's types are loose, so that one release can read the answers of many: most members are optional, and unknown
ones are allowed. This API always sends the same members. In the description each of them is required and there are no
others; the tables below say where the two differ.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Generic, Literal, NamedTuple, TypeVar, get_args

from openai.types import FileDeleted, FileObject, VectorStore, VectorStoreDeleted, VectorStoreSearchResponse
from openai.types.beta import Assistant, AssistantDeleted, AssistantStreamEvent, Thread, ThreadDeleted
from openai.types.beta.threads import Message, MessageDeleted, Run
from openai.types.beta.threads.runs import RunStep
from openai.types.conversations import Conversation, ConversationDeletedResource, ConversationItem
from openai.types.responses import Response, ResponseItem, ResponseStreamEvent
from openai.types.vector_stores import (
    FileContentResponse,
    VectorStoreFile,
    VectorStoreFileBatch,
    VectorStoreFileDeleted,
)
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from local_api.bodies import assistants, files, queries, responses, runs, threads, vector_stores
from local_api.bodies.shared import Body, MetadataOnly, ReasoningEffort

from .routes.local import Questions, SkipTime

BETA_PATHS = ("/assistants", "/threads")

# Members that are left out unless the client gave them.
OPTIONAL = {"description", "max_num_results", "schema", "file_search", "code_interpreter", "function"}
OPTIONAL_IN = {
    "CodeInterpreterContainerCodeInterpreterToolAuto": {"file_ids"},
    "FileSearchResult": {"content"},  # shown when asked for
    "ResponseReasoningItem": {"content", "encrypted_content"},
}
# Newer members, which this API does not know and never sends.
NEVER_SENT = {
    "ThreadCreated": {"enabled"},
    "Response": {
        "access_programs", "image", "input_transformations", "max_tool_calls", "moderation", "prompt",
        "prompt_cache_diagnostics", "prompt_cache_options", "prompt_cache_retention", "tool_usage", "top_logprobs",
    },
    "ResponseError": {"misalignment", "param", "type"},
    "InputTokensDetails": {"cache_write_tokens_details"},
    "Reasoning": {"context", "generate_summary", "mode"},
    "FunctionTool": {"allowed_callers", "async", "defer_loading", "output_schema"},
    "RankingOptions": {"hybrid_search"},
    "CodeInterpreter": {"allowed_callers"},
    "CodeInterpreterContainerCodeInterpreterToolAuto": {"memory_limit", "network_policy"},
    "ResponseOutputMessage": {"phase"},
    "Message": {"phase"},
    "ResponseReasoningItem": {"status"},
    "ResponseInputText": {"prompt_cache_breakpoint"},
    "ResponseInputImage": {"prompt_cache_breakpoint"},
    "ResponseFunctionToolCall": {"async", "caller", "namespace"},
    "ResponseFunctionToolCallItem": {"async", "caller", "created_by", "namespace"},
    "ResponseFunctionToolCallOutputItem": {"caller", "created_by", "name", "namespace"},
}  # fmt: skip


def _object(**members: JsonSchemaValue) -> JsonSchemaValue:
    """An object with exactly these members."""
    return {"type": "object", "properties": members, "required": list(members), "additionalProperties": False}


INTEGER: JsonSchemaValue = {"type": "integer"}
IDS: JsonSchemaValue = {"type": "array", "items": {"type": "string"}}
REASONING_EFFORT: JsonSchemaValue = {"enum": [*get_args(ReasoningEffort), None]}
RESOURCES: JsonSchemaValue = {
    "type": "object",
    "properties": {"code_interpreter": _object(file_ids=IDS), "file_search": _object(vector_store_ids=IDS)},
    "additionalProperties": False,
}
# Members that are always sent, though the SDK's types do not know them.
ADDED: dict[str, dict[str, JsonSchemaValue]] = {
    "Assistant": {"reasoning_effort": REASONING_EFFORT},
    "Run": {"reasoning_effort": REASONING_EFFORT, "tool_resources": RESOURCES},
    "RunStep": {"expires_at": {"type": ["integer", "null"]}},
    "Usage": {
        "prompt_token_details": _object(cached_tokens=INTEGER),
        "completion_tokens_details": _object(reasoning_tokens=INTEGER),
    },
    "FileSearchRankingOptions": {"hybrid_search": {"type": "null"}},
    "FileSearchResult": {"attributes": {"type": "object"}},
    "VectorStore": {"description": {"type": ["string", "null"]}},
    "Response": {"store": {"type": "boolean"}},
}
# Null where the SDK's types allow none.
NULLABLE = {"Run": {"instructions"}, "VectorStore": {"name"}}
# The types of what a delta holds: any part of the whole.
PARTIAL = re.compile(r"openai\.types\.beta\.threads\..*(delta|code_interpreter_logs|code_interpreter_output_image)")


# --- answers that the SDK has no type for ---


class Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


T = TypeVar("T")


class Page(Answer, Generic[T]):
    """A page of a list; its ends are null if it is empty."""

    object: Literal["list"]
    data: list[T]
    first_id: str | None
    last_id: str | None
    has_more: bool


class ResponseItems(Page[ResponseItem]):
    pass


class ConversationItems(Page[ConversationItem]):
    pass


class SearchResults(Answer):
    object: Literal["vector_store.search_results.page"]
    search_query: list[str]
    data: list[VectorStoreSearchResponse]
    has_more: bool
    next_page: None


class FileContent(Answer):
    object: Literal["vector_store.file_content.page"]
    data: list[FileContentResponse]
    has_more: bool
    next_page: None


class ResponseDeleted(Answer):
    id: str
    object: Literal["response"]
    deleted: Literal[True]


class ErrorMembers(Answer):
    message: str
    type: str
    param: str | None
    code: str | None


class Error(Answer):
    error: ErrorMembers


class Clock(Answer):
    object: Literal["local.clock"]
    now: int


class LocalRecording(Answer):
    object: Literal["local.recording"]
    name: str
    source: str
    date: str
    replies: int
    unused: list[str]


class LocalList(Answer, Generic[T]):
    object: Literal["list"]
    data: list[T]


# --- operations ---


class UploadForm(files.CreateFile):
    """The fields of the upload form, with the file."""

    purpose: Annotated[str, Field(json_schema_extra={"enum": list(files.PURPOSES)})]
    file: bytes


class Operation(NamedTuple):
    """What one method of one path takes and gives.

    Args:
        answer: the type of the answer; `bytes` for a file's content.
        body, query: the models of the request's body and of its query string, if it has any.
        events: the type of a stream's events, if the client can ask for a stream.
    """

    answer: Any
    body: type[Body] | None = None
    query: type[Body] | None = None
    events: Any = None


OPERATIONS = {
    "GET /openapi.json": Operation(dict[str, Any]),
    "POST /assistants": Operation(Assistant, assistants.CreateAssistant),
    "GET /assistants": Operation(Page[Assistant], query=queries.PageQuery),
    "GET /assistants/{assistant_id}": Operation(Assistant),
    "POST /assistants/{assistant_id}": Operation(Assistant, assistants.ModifyAssistant),
    "DELETE /assistants/{assistant_id}": Operation(AssistantDeleted),
    "POST /threads": Operation(Thread, threads.CreateThread),
    "GET /threads/{thread_id}": Operation(Thread),
    "POST /threads/{thread_id}": Operation(Thread, threads.ModifyThread),
    "DELETE /threads/{thread_id}": Operation(ThreadDeleted),
    "POST /threads/{thread_id}/messages": Operation(Message, threads.CreateMessage),
    "GET /threads/{thread_id}/messages": Operation(Page[Message], query=queries.MessagePageQuery),
    "GET /threads/{thread_id}/messages/{message_id}": Operation(Message),
    "POST /threads/{thread_id}/messages/{message_id}": Operation(Message, MetadataOnly),
    "DELETE /threads/{thread_id}/messages/{message_id}": Operation(MessageDeleted),
    "POST /threads/runs": Operation(Run, runs.CreateThreadAndRun, events=AssistantStreamEvent),
    "POST /threads/{thread_id}/runs": Operation(Run, runs.CreateRun, queries.IncludeQuery, AssistantStreamEvent),
    "GET /threads/{thread_id}/runs": Operation(Page[Run], query=queries.PageQuery),
    "GET /threads/{thread_id}/runs/{run_id}": Operation(Run),
    "POST /threads/{thread_id}/runs/{run_id}": Operation(Run, MetadataOnly),
    "POST /threads/{thread_id}/runs/{run_id}/cancel": Operation(Run),
    "POST /threads/{thread_id}/runs/{run_id}/submit_tool_outputs": Operation(
        Run, runs.SubmitToolOutputs, events=AssistantStreamEvent
    ),
    "GET /threads/{thread_id}/runs/{run_id}/steps": Operation(Page[RunStep], query=queries.StepPageQuery),
    "GET /threads/{thread_id}/runs/{run_id}/steps/{step_id}": Operation(RunStep, query=queries.IncludeQuery),
    "POST /responses": Operation(Response, responses.CreateResponse, events=ResponseStreamEvent),
    "GET /responses/{response_id}": Operation(Response, query=responses.IncludeQuery),
    "DELETE /responses/{response_id}": Operation(ResponseDeleted),
    "POST /responses/{response_id}/cancel": Operation(Response),
    "GET /responses/{response_id}/input_items": Operation(ResponseItems, query=responses.ItemPageQuery),
    "POST /conversations": Operation(Conversation, responses.CreateConversation),
    "GET /conversations/{conversation_id}": Operation(Conversation),
    "POST /conversations/{conversation_id}": Operation(Conversation, responses.UpdateConversation),
    "DELETE /conversations/{conversation_id}": Operation(ConversationDeletedResource),
    "POST /conversations/{conversation_id}/items": Operation(
        ConversationItems, responses.CreateItems, responses.IncludeQuery
    ),
    "GET /conversations/{conversation_id}/items": Operation(ConversationItems, query=responses.ItemPageQuery),
    "GET /conversations/{conversation_id}/items/{item_id}": Operation(ConversationItem, query=responses.IncludeQuery),
    "DELETE /conversations/{conversation_id}/items/{item_id}": Operation(Conversation),
    "GET /containers/{container_id}/files/{file_id}/content": Operation(bytes),
    "POST /files": Operation(FileObject, UploadForm),
    "GET /files": Operation(Page[FileObject], query=files.FilePageQuery),
    "GET /files/{file_id}": Operation(FileObject),
    "DELETE /files/{file_id}": Operation(FileDeleted),
    "GET /files/{file_id}/content": Operation(bytes),
    "POST /vector_stores": Operation(VectorStore, vector_stores.CreateVectorStore),
    "GET /vector_stores": Operation(Page[VectorStore], query=queries.PageQuery),
    "GET /vector_stores/{vector_store_id}": Operation(VectorStore),
    "POST /vector_stores/{vector_store_id}": Operation(VectorStore, vector_stores.ModifyVectorStore),
    "DELETE /vector_stores/{vector_store_id}": Operation(VectorStoreDeleted),
    "POST /vector_stores/{vector_store_id}/search": Operation(SearchResults, vector_stores.Search),
    "POST /vector_stores/{vector_store_id}/files": Operation(VectorStoreFile, vector_stores.CreateStoreFile),
    "GET /vector_stores/{vector_store_id}/files": Operation(
        Page[VectorStoreFile], query=vector_stores.StoreFilePageQuery
    ),
    "GET /vector_stores/{vector_store_id}/files/{file_id}": Operation(VectorStoreFile),
    "POST /vector_stores/{vector_store_id}/files/{file_id}": Operation(VectorStoreFile, vector_stores.ModifyStoreFile),
    "DELETE /vector_stores/{vector_store_id}/files/{file_id}": Operation(VectorStoreFileDeleted),
    "GET /vector_stores/{vector_store_id}/files/{file_id}/content": Operation(FileContent),
    "POST /vector_stores/{vector_store_id}/file_batches": Operation(VectorStoreFileBatch, vector_stores.CreateBatch),
    "GET /vector_stores/{vector_store_id}/file_batches/{batch_id}": Operation(VectorStoreFileBatch),
    "POST /vector_stores/{vector_store_id}/file_batches/{batch_id}/cancel": Operation(VectorStoreFileBatch),
    "GET /vector_stores/{vector_store_id}/file_batches/{batch_id}/files": Operation(
        Page[VectorStoreFile], query=vector_stores.StoreFilePageQuery
    ),
    "POST /local/skip_time": Operation(Clock, SkipTime),
    "GET /local/recordings": Operation(LocalList[LocalRecording]),
    "GET /local/questions": Operation(LocalList[str], query=Questions),
}


# --- the description ---


class _Schemas(GenerateJsonSchema):
    """Schemas in which the SDK's types are as strict as this API is."""

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        made = super().model_schema(schema)
        cls = schema["cls"]
        if cls.__module__.startswith("openai.") and "properties" in made:
            _close(made, cls)
        return made

    def tagged_union_schema(self, schema: core_schema.TaggedUnionSchema) -> JsonSchemaValue:
        # An integer is a number, too, so more than one of the variants can match.
        made = super().tagged_union_schema(schema)
        if "oneOf" in made:
            made["anyOf"] = made.pop("oneOf")
        return made


def _close(schema: JsonSchemaValue, cls: type[Any]) -> None:
    """Allow only the members that this API sends, and require those that it always sends."""
    for name in NEVER_SENT.get(cls.__name__, ()):
        schema["properties"].pop(name, None)
    schema["properties"].update(ADDED.get(cls.__name__, {}))
    for name in NULLABLE.get(cls.__name__, ()):
        schema["properties"][name] = {"anyOf": [schema["properties"][name], {"type": "null"}]}
    schema["additionalProperties"] = False
    if not PARTIAL.match(cls.__module__):
        optional = (OPTIONAL | OPTIONAL_IN.get(cls.__name__, set())) - set(ADDED.get(cls.__name__, ()))
        schema["required"] = [name for name in schema["properties"] if name not in optional]


@cache
def description() -> dict[str, Any]:
    """The whole description. It is made once; callers must not change it."""
    types = {
        (label, part): value
        for label, operation in OPERATIONS.items()
        for part, value in operation._asdict().items()
        if part != "query" and value not in (None, bytes)
    }
    types["", "error"] = Error
    schemas, definitions = TypeAdapter.json_schemas(
        [(key, "validation", TypeAdapter(value)) for key, value in types.items()],
        ref_template="#/components/schemas/{model}",
        schema_generator=_Schemas,
    )
    parts = {key: schema for (key, _), schema in schemas.items()}
    paths: dict[str, dict[str, Any]] = {}
    for label in OPERATIONS:
        method, path = label.split()
        paths.setdefault(path, {})[method.lower()] = _described(label, parts)
    return {
        "openapi": "3.1.0",
        "info": {"title": "local_api", "version": "1"},
        "servers": [{"url": "/v1"}],
        "paths": paths,
        "components": {"schemas": definitions["$defs"]},
    }


def _described(label: str, parts: Mapping[tuple[str, str], JsonSchemaValue]) -> dict[str, Any]:
    """One operation.

    Args:
        label: its method and path.
        parts: the schemas of all bodies, answers and events, by label and name.
    """
    operation = OPERATIONS[label]
    if operation.answer is bytes:
        content: dict[str, Any] = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    else:
        content = {"application/json": {"schema": parts[label, "answer"]}}
    if operation.events:
        content["text/event-stream"] = {"schema": parts[label, "events"]}
    described: dict[str, Any] = {
        "parameters": _parameters(label, operation),
        "responses": {
            "200": {"description": "OK", "content": content},
            "default": {"description": "Refused", "content": {"application/json": {"schema": parts["", "error"]}}},
        },
    }
    if operation.body:
        media_type = "multipart/form-data" if operation.body is UploadForm else "application/json"
        required = any(field.is_required() for field in operation.body.model_fields.values())
        content = {media_type: {"schema": parts[label, "body"]}}
        described["requestBody"] = {"required": required, "content": content}
    return described


def _parameters(label: str, operation: Operation) -> list[dict[str, Any]]:
    path = label.split()[1]
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", path)
    ]
    if path.startswith(BETA_PATHS):
        beta = {"name": "OpenAI-Beta", "in": "header", "required": True, "schema": {"const": "assistants=v2"}}
        parameters.append(beta)
    if operation.query:
        query = operation.query.model_json_schema()
        for name, schema in query["properties"].items():
            required = name in query.get("required", ())
            parameters.append({"name": name, "in": "query", "required": required, "schema": schema})
    return parameters
