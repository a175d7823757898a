"""SARIF 2.1.0, as code scanners upload it. Pure."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias
from urllib.parse import quote

from reconciler import __version__
from reconciler.planfile import encode
from reconciler.render.limits import SARIF_BYTES, SARIF_RESULTS, TooLong
from reconciler.render.safe import safe
from reconciler.values import Json

Level: TypeAlias = Literal["error", "warning", "note"]
_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_GZIP: Final = 16 + zlib.MAX_WBITS


@dataclass(frozen=True, slots=True)
class Result:
    """One finding. `file` is seen from the repository's root; `subject` is the address concerned, or empty.

    `fingerprint` stays the same while the finding does, wherever its line moves. `vital`: never left out.
    """

    rule: str
    level: Level
    message: str
    file: str
    line: int
    column: int
    subject: str = ""
    fingerprint: str = ""
    vital: bool = False
    properties: Mapping[str, Json] = field(default_factory=dict)


def sarif(
    results: Sequence[Result],
    rules: Mapping[str, str],
    *,
    category: str = "",
    most: int = SARIF_RESULTS,
    size: int = SARIF_BYTES,
) -> str:
    """A log of one run. `rules` maps each rule to what it means; columns count code points, as YAML's do.

    Of more than `most` results, or `size` bytes under gzip, the last ones are left out, and that is said.
    Raise TooLong where a vital one would be.
    """
    kept = min(len(results), most)
    vital = max((i for i, r in enumerate(results, 1) if r.vital), default=0)
    while kept >= vital:
        log = _log(results, kept, rules, category)
        if _is_within(log, size):
            return log.decode()
        if kept == 0:
            break
        kept = max(kept * 3 // 4, vital) if kept > vital else vital - 1
    raise TooLong(
        f"{vital} results that delete or conflict do not fit into one SARIF file",
        hint="take another format, or plan with --target",
    )


def _is_within(log: bytes, size: int) -> bool:
    if len(log) <= size:
        return True
    packer = zlib.compressobj(wbits=_GZIP)
    return len(packer.compress(log)) + len(packer.flush()) <= size


def _log(results: Sequence[Result], kept: int, rules: Mapping[str, str], category: str) -> bytes:
    used = sorted({r.rule for r in results[:kept]})
    driver: Json = {
        "name": "reconciler",
        "version": __version__,
        "rules": [{"id": rule, "shortDescription": {"text": rules[rule]}} for rule in used],
    }
    run: dict[str, Json] = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(r, used.index(r.rule)) for r in results[:kept]],
    }
    if category:
        run["automationDetails"] = {"id": category}
    if left := len(results) - kept:
        told = f"{left} of {len(results)} results were left out: a SARIF upload takes no more."
        run["invocations"] = [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": [{"level": "warning", "message": {"text": told}}],
            }
        ]
    return encode({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _result(result: Result, rule: int) -> Json:
    region: Json = {"startLine": max(result.line, 1), "startColumn": max(result.column, 1)}
    uri = quote(result.file, errors="surrogatepass")
    location: dict[str, Json] = {"physicalLocation": {"artifactLocation": {"uri": uri}, "region": region}}
    if result.subject:
        location["logicalLocations"] = [{"fullyQualifiedName": safe(result.subject)}]
    return {
        "ruleId": result.rule,
        "ruleIndex": rule,
        "level": result.level,
        "message": {"text": safe(result.message)},
        "locations": [location],
        **({"partialFingerprints": {"reconciler/v1": result.fingerprint}} if result.fingerprint else {}),
        **({"properties": dict(result.properties)} if result.properties else {}),
    }
