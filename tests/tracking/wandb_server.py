"""A stand-in for the W&B server: as much of its API as a run, its files and its artifacts need."""

import gzip
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

ENTITY = "studio"


@dataclass
class StoredRun:
    """A run as the server knows it."""

    bucket: dict[str, Any] = field(default_factory=dict)
    history: dict[int, str] = field(default_factory=dict)
    used: list[str] = field(default_factory=list)
    made: list[str] = field(default_factory=list)

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [json.loads(line) for _, line in sorted(self.history.items())]


class WandbServer:
    """Answers GraphQL, history streams and uploads, and remembers them."""

    def __init__(self) -> None:
        self.runs: dict[str, StoredRun] = {}
        self.artifacts: dict[str, dict[str, Any]] = {}
        self.uploads: dict[str, bytes] = {}
        self.url = ""
        self.lock = Lock()

    def answer(self, operation: str, values: dict[str, Any]) -> dict[str, Any]:
        """The data of a GraphQL reply."""
        reply = getattr(self, f"_{operation}", None)
        return reply(values) if reply else {}

    def stream(self, run: str, body: dict[str, Any]) -> None:
        """Keep lines of a run's history, by their places in it."""
        history = body.get("files", {}).get("wandb-history.jsonl")
        if history:
            for number, line in enumerate(history["content"], history["offset"]):
                self.runs[run].history[number] = line

    def _Viewer(self, _: Any) -> Any:  # noqa: N802
        return {"viewer": {"id": "1", "entity": ENTITY, "username": ENTITY, "flags": "{}", "teams": {"edges": []}}}

    def _GetDefaultEntity(self, _: Any) -> Any:  # noqa: N802
        return {"viewer": {"id": "1", "entity": ENTITY}}

    def _Run(self, values: Any) -> Any:  # noqa: N802
        run = self.runs.get(values["name"])
        if not run:
            return {"project": {"run": None}}
        facts = {"id": "r", "name": values["name"], "displayName": run.bucket.get("displayName"), "state": "finished"}
        facts |= {"projectId": 1, "config": "{}", "summaryMetrics": "{}", "systemMetrics": "{}", "user": {}}
        return {"project": {"run": facts | {"tags": [], "sweepName": None, "historyKeys": None}}}

    def _RunFiles(self, _: Any) -> Any:  # noqa: N802
        nodes: list[dict[str, Any]] = [
            {"id": path, "name": path.removeprefix("/files/"), "url": self.url + path, "directUrl": self.url + path}
            | {"sizeBytes": len(content), "mimetype": "", "updatedAt": None, "md5": ""}
            for path, content in self.uploads.items()
            if path.startswith("/files/")
        ]
        files: dict[str, Any] = {"edges": [{"node": node, "cursor": ""} for node in nodes]}
        files |= {"pageInfo": {"endCursor": "", "hasNextPage": False}}
        return {"project": {"internalId": "1", "run": {"fileCount": len(nodes), "files": files}}}

    def _ServerFeaturesQuery(self, _: Any) -> Any:  # noqa: N802
        return {"serverInfo": {"features": []}}

    def _RunResumeStatus(self, values: Any) -> Any:  # noqa: N802
        run = self.runs.get(values["name"])
        model = {"id": "m", "name": values["project"], "entity": {"id": "e", "name": ENTITY}, "bucket": None}
        if run:
            lines = [line for _, line in sorted(run.history.items())]
            tail = {"historyTail": json.dumps(lines[-1:]), "eventsTail": "[]", "summaryMetrics": "{}", "config": "{}"}
            counts = {"historyLineCount": len(lines), "logLineCount": 0, "eventsLineCount": 0}
            names = {
                "id": "r",
                "name": values["name"],
                "displayName": "",
                "tags": [],
                "notes": "",
                "wandbConfig": '{"t": 1}',
            }
            model["bucket"] = names | tail | counts
        return {"model": model}

    def _UpsertBucket(self, values: Any) -> Any:  # noqa: N802
        with self.lock:
            new = values["name"] not in self.runs
            run = self.runs.setdefault(values["name"], StoredRun())
            run.bucket |= {key: value for key, value in values.items() if value is not None}
        project = {"id": "p", "name": run.bucket["project"], "entity": {"id": "e", "name": ENTITY}}
        names = {"id": "r", "name": values["name"], "displayName": run.bucket.get("displayName"), "project": project}
        rest = {"sweepName": None, "historyLineCount": len(run.history), "config": "{}"}
        return {"upsertBucket": {"bucket": names | rest, "inserted": new}}

    def _CreateRunFiles(self, values: Any) -> Any:  # noqa: N802
        files = [{"name": name, "uploadUrl": f"{self.url}/files/{name}"} for name in values["files"]]
        return {"createRunFiles": {"runID": "r", "uploadHeaders": [], "files": files}}

    def _ArtifactType(self, _: Any) -> Any:  # noqa: N802
        return {"project": None}

    def _CreateArtifact(self, values: Any) -> Any:  # noqa: N802
        given = values["input"]
        with self.lock:
            identity = f"artifact-{len(self.artifacts)}"
            self.artifacts[identity] = given
        artifact = {"id": identity, "state": "PENDING", "artifactSequence": {"latestArtifact": None}}
        return {"createArtifact": {"artifact": artifact}}

    def _CreateArtifactManifest(self, values: Any) -> Any:  # noqa: N802
        file = {"id": "f", "uploadUrl": f"{self.url}/manifests/{values['artifactID']}", "uploadHeaders": []}
        return {"createArtifactManifest": {"artifactManifest": {"id": "m", "file": file}}}

    def _CreateArtifactFiles(self, values: Any) -> Any:  # noqa: N802
        nodes = []
        for item in values["input"]["artifactFiles"]:
            name = self.artifacts[item["artifactID"]]["artifactCollectionName"]
            node = {"storagePath": item["name"], "uploadUrl": f"{self.url}/artifacts/{name}/{item['name']}"}
            node |= {"uploadHeaders": [], "uploadMultipartUrls": None, "artifact": {"id": item["artifactID"]}}
            nodes.append({"node": node})
        return {"createArtifactFiles": {"files": {"edges": nodes}}}

    def _CommitArtifact(self, values: Any) -> Any:  # noqa: N802
        artifact = self.artifacts[values["artifactID"]]
        if artifact["runName"]:  # what a run only uses has no maker
            self.runs[artifact["runName"]].made.append(artifact["artifactCollectionName"])
        return {"commitArtifact": {"artifact": {"id": values["artifactID"], "digest": artifact["digest"]}}}

    def _UseArtifact(self, values: Any) -> Any:  # noqa: N802
        given = values["input"]
        self.runs[given["runName"]].used.append(self.artifacts[given["artifactID"]]["artifactCollectionName"])
        return {"useArtifact": {"artifact": {"id": given["artifactID"]}}}

    def _ArtifactByID(self, values: Any) -> Any:  # noqa: N802
        artifact = self.artifacts[values["id"]]
        name = artifact["artifactCollectionName"]
        project = {"id": "p", "internalId": "p", "name": artifact["projectName"], "entity": {"name": ENTITY}}
        sequence = {"__typename": "ArtifactSequence", "name": name, "project": project}
        kind = {"name": artifact["artifactTypeName"]}
        facts = {"__typename": "Artifact", "id": values["id"], "artifactSequence": sequence, "artifactType": kind}
        facts |= {"versionIndex": 0, "description": None, "metadata": artifact.get("metadata"), "tags": [], "size": 1}
        facts |= {"ttlDurationSeconds": -1, "ttlIsInherited": False, "historyStep": None, "state": "COMMITTED"}
        facts |= {"digest": artifact["digest"], "commitHash": "c", "fileCount": 1, "aliases": []}
        return {"artifact": facts | {"createdAt": "2026-01-01T00:00:00Z", "updatedAt": None}}


@contextmanager
def serving() -> Iterator[WandbServer]:
    """The server on a free port of this machine."""
    server = WandbServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path in server.uploads:
                self._send(server.uploads[self.path], "application/octet-stream")
            else:
                self._reply({})

        def do_PUT(self) -> None:
            server.uploads[self.path] = self._body()
            self._reply({})

        def do_POST(self) -> None:
            body = self._body()
            if self.path == "/graphql":
                asked = json.loads(body)
                operation = re.search(r"(?:query|mutation)\s+(\w+)", asked["query"])
                assert operation
                self._reply({"data": server.answer(operation[1], asked.get("variables") or {})})
                return
            if self.path.endswith("/file_stream"):
                server.stream(self.path.split("/")[-2], json.loads(body))
            self._reply({})

        def log_message(self, *_: Any) -> None:
            """Silence: the tests look at what is remembered."""

        def _body(self) -> bytes:
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            return gzip.decompress(content) if self.headers.get("Content-Encoding") == "gzip" else content

        def _reply(self, value: Any) -> None:
            self._send(json.dumps(value).encode(), "application/json")

        def _send(self, content: bytes, kind: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.url = f"http://127.0.0.1:{http.server_port}"
    thread = Thread(target=http.serve_forever)
    thread.start()
    yield server
    http.shutdown()
    thread.join()
    http.server_close()
