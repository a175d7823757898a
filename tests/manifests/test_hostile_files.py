"""Files that nobody writes in good faith: told as problems, at once, and never obeyed."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from reconciler.errors import Problem, ProjectInvalid, UsageError
from reconciler.manifests import load
from tests.manifests.builder import (
    PROJECT,
    automation,
    environment,
    errors,
    function,
    manifest,
    patient,
    project,
    rules,
    write,
)


def test_a_fifo_is_not_waited_for(tmp_path: Path) -> None:
    write(tmp_path, {})
    os.mkfifo(tmp_path / "m.yaml")
    assert rules(tmp_path, {}) == {"not-a-file"}


@pytest.mark.parametrize("name", ["reconciler.yaml", "environments/demo.yaml"])
def test_a_fifo_in_place_of_a_file_that_is_needed_is_not_waited_for_either(name: str, tmp_path: Path) -> None:
    write(tmp_path, {})
    (tmp_path / name).unlink()
    os.mkfifo(tmp_path / name)
    with pytest.raises((ProjectInvalid, UsageError)) as caught:
        load(tmp_path)
    if isinstance(caught.value, ProjectInvalid):
        assert ("not-a-file", name) in [(p.rule, p.source.file) for p in caught.value.problems]


def test_a_socket_is_not_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("m.yaml")
        assert rules(tmp_path, {}) <= {"not-a-file", "unreadable"}


@pytest.mark.parametrize("target", ["/dev/zero", "/dev/null", "/dev/stdin"])
def test_a_link_to_a_device_is_not_read(target: str, tmp_path: Path) -> None:
    (tmp_path / "m.yaml").symlink_to(target)
    assert rules(tmp_path, {}) <= {"not-a-file", "outside-project"}


@pytest.mark.parametrize("relative", [True, False])
def test_a_link_must_not_leave_the_project(relative: bool, tmp_path: Path) -> None:
    root = tmp_path / "project"
    root.mkdir()
    (tmp_path / "secret.yaml").write_text("password: hunter2")
    (root / "m.yaml").symlink_to("../secret.yaml" if relative else tmp_path / "secret.yaml")
    (told,) = errors(root, {})
    assert (told.rule, told.source.file) == ("outside-project", "m.yaml")
    assert "hunter2" not in str(told)


@pytest.mark.parametrize("name", ["reconciler.yaml", "environments/demo.yaml"])
def test_the_files_that_are_needed_must_not_leave_it_either(name: str, tmp_path: Path) -> None:
    root = tmp_path / "project"
    write(root, {})
    (root / name).rename(tmp_path / "elsewhere.yaml")
    (root / name).symlink_to(tmp_path / "elsewhere.yaml")
    with pytest.raises((ProjectInvalid, UsageError)) as caught:
        load(root)
    if isinstance(caught.value, ProjectInvalid):
        assert ("outside-project", name) in [(p.rule, p.source.file) for p in caught.value.problems]


def test_a_neighbour_whose_name_begins_alike_is_outside(tmp_path: Path) -> None:
    (tmp_path / "project-two").mkdir()
    (tmp_path / "project-two" / "m.yaml").write_text(function("a"))
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "m.yaml").symlink_to("../project-two/m.yaml")
    assert rules(tmp_path / "project", {}) == {"outside-project"}


def test_a_link_within_the_project_is_followed(tmp_path: Path) -> None:
    (tmp_path / "m.yaml").symlink_to("_parts.txt")
    assert [d.address.name for d in project(tmp_path, {"_parts.txt": function("a")}).desired] == ["a"]


def test_the_project_itself_may_stand_behind_a_link(tmp_path: Path) -> None:
    write(tmp_path / "real", {"m.yaml": function("a")})
    (tmp_path / "link").symlink_to("real")
    assert [d.address.name for d in load(tmp_path / "link").desired] == ["a"]


@pytest.mark.parametrize("target", [".", "..", "/", "environments"])
def test_a_link_to_a_folder_is_not_walked(target: str, tmp_path: Path) -> None:
    (tmp_path / "more").symlink_to(target, target_is_directory=True)
    (told,) = errors(tmp_path, {})
    assert (told.rule, told.source.file) == ("not-a-file", "more")


@pytest.mark.parametrize("target", ["nowhere.yaml", "m.yaml"])
def test_a_link_that_leads_nowhere_is_told_not_skipped(target: str, tmp_path: Path) -> None:
    (tmp_path / "m.yaml").symlink_to(target)
    assert rules(tmp_path, {}) <= {"unreadable", "not-a-file", "outside-project"}


@pytest.mark.parametrize("size", [8 * 1024 * 1024 + 1, 50_000_000, 1 << 40])
def test_a_file_past_the_bound_is_not_read(size: int, tmp_path: Path) -> None:
    write(tmp_path, {"m.yaml": ""})
    os.truncate(tmp_path / "m.yaml", size)
    (told,) = errors(tmp_path, {"m.yaml": None})
    assert (told.rule, told.source.file) == ("file-too-large", "m.yaml")


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfe\x00",
        b"code: \xe4",
        function("a").encode("utf-16"),
        function("a").encode("utf-32"),
        b"\xc0\x80",
        b"\xed\xa0\x80",
        bytes(range(128, 256)),
    ],
)
def test_a_file_that_is_not_utf_8_is_refused(content: bytes, tmp_path: Path) -> None:
    assert rules(tmp_path, {"m.yaml": content}) == {"not-utf-8"}


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
@pytest.mark.parametrize("name", ["m.yaml", "folder"])
def test_a_missing_right_is_an_error_never_an_absence(name: str, tmp_path: Path) -> None:
    write(tmp_path, {"m.yaml": function("a"), "folder/n.yaml": function("b")})
    (tmp_path / name).chmod(0)
    try:
        assert rules(tmp_path, {}) == {"unreadable"}
    finally:
        (tmp_path / name).chmod(0o700)


def test_a_file_name_that_is_not_text_does_no_harm(tmp_path: Path) -> None:
    write(tmp_path, {"m.yaml": function("a")})
    (tmp_path / os.fsdecode(b"\xff\n\x1b.yaml")).write_text("a: [")
    told = errors(tmp_path, {})
    assert told
    assert all(str(p) for p in told)


@pytest.mark.parametrize(
    "nested",
    [
        "[" * 40_000,
        "[" * 40_000 + "]" * 40_000,
        "{a: " * 40_000,
        "{a: " * 40_000 + "1" + "}" * 40_000,
        "{? " * 40_000,
        "\n" + "- " * 40_000 + "a",
        "\n" + "".join(f"{' ' * n}a:\n" for n in range(3, 2_000)),
        "[" * 80 + "]" * 80,
    ],
    ids=["open", "lists", "open mappings", "mappings", "keys", "block lists", "block mappings", "80 levels"],
)
@pytest.mark.parametrize("file", ["reconciler.yaml", "environments/demo.yaml", "m.yaml"])
def test_what_nests_past_the_bound_is_refused(nested: str, file: str, tmp_path: Path) -> None:
    assert rules(tmp_path, {file: f"apiVersion: reconciler/v1\nspec: {nested}\n"}) & {
        "yaml-depth",
        "yaml-key",
    }


def test_forty_levels_are_fine(tmp_path: Path) -> None:
    more = "  deep: " + "[" * 40 + "]" * 40
    project(tmp_path, {"environments/demo.yaml": environment(more=more)})


@pytest.mark.parametrize("character", ["\x85", "\u2028", "\u2029"])
@pytest.mark.parametrize("before", ["code: a # a remark", "code: a", "# a remark"])
def test_what_reviewers_see_in_one_line_is_read_in_one_line(
    before: str, character: str, tmp_path: Path
) -> None:
    """YAML 1.1 breaks lines where editors and diffs show none."""
    text = automation(f"{before}{character}  enabled: false\nname: Sync")
    write(tmp_path, {"m.yaml": text})
    try:
        found = load(tmp_path)
    except ProjectInvalid:
        return
    assert "enabled" not in found.desired[0].fields


def _laughs(bottom: str, layer: str) -> str:
    """Nine layers, each with ten aliases of the one below."""
    lines = [f"  a0: &a0 {bottom}"]
    lines += [f"  a{n}: &a{n} " + layer.format(", ".join([f"*a{n - 1}"] * 10)) for n in range(1, 10)]
    return "spec:\n" + "\n".join(lines) + "\n"


def _merges() -> str:
    """Each mapping merges ten times the one below, and has keys of its own."""
    lines = ["  a0: &a0 {" + ", ".join(f"k{n}: 1" for n in range(50)) + "}"]
    lines += [f"  a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 10)}], o{n}: 1}}" for n in range(1, 30)]
    return "spec:\n" + "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    "text",
    [
        _laughs("lol", "[{}]"),
        _laughs("[lol, lol]", "[{}]"),
        "spec:\n  a0: &a0 [x]\n"
        + "".join(f"  a{n}: &a{n} {{l: *a{n - 1}, r: *a{n - 1}}}\n" for n in range(1, 50)),
        "spec:\n  - &a0 [" + "x, " * 5_000 + "x]\n" + "  - *a0\n" * 1_000,
    ],
    ids=["billion laughs", "lists", "a binary tree", "one large list, often"],
)
def test_aliases_do_not_multiply_without_bound(text: str, tmp_path: Path) -> None:
    assert "yaml-size" in rules(tmp_path, {"m.yaml": f"apiVersion: reconciler/v1\nkind: Automation\n{text}"})


def test_merges_do_not_multiply_without_bound(tmp_path: Path) -> None:
    assert rules(tmp_path, {"m.yaml": f"apiVersion: reconciler/v1\nkind: Automation\n{_merges()}"})


def test_a_bomb_in_the_variables_is_refused_too(tmp_path: Path) -> None:
    bomb = _laughs("lol", "[{}]").replace("spec:", "vars:")
    assert "yaml-size" in rules(tmp_path, {"environments/demo.yaml": environment(more=bomb)})


def test_many_documents_of_one_file_are_fine(tmp_path: Path) -> None:
    text = "---\n".join(function(f"f{n}") for n in range(200))
    assert len(project(tmp_path, {"m.yaml": text}).desired) == 200


SOUND = {
    "reconciler.yaml": PROJECT,
    "environments/demo.yaml": environment(more="policy: {protect: [xero-au/*]}"),
    "m.yaml": automation('name: "{{ vars.interval }}"\nadditional_criteria_details: [{rules: []}]')
    + "---\n"
    + manifest("TaxMapping", "direction: export\ntax_mapping: {enabled: true, mappings: []}", name="tax"),
}
SHARDS = st.sampled_from(
    [
        "\n", " ", "  ", "\t", "- ", ": ", ":", "? ", "[", "]", "{", "}", ",", "&a", "*a", "<<: ", "<<: *a", "!!str ", "!x ", "!!", "|", ">-",
        "'", '"', "#", " #", "%YAML 1.2\n", "%TAG ! x\n", "---\n", "...\n", "{{ ", " }}", "{% ", " %}", "{#", "vars", ".interval", "|upper",
        "~", "null", "true", "1", "-1", "9" * 400, "1e999", ".nan", "apiVersion: reconciler/v1\n", "kind: ", "Automation\n", "Project",
        "metadata", "spec:\n", "name: a", "connection: xero-au", "for_each: ", "ref: ", "Automation/a", "\x00", "\x85", "\u2028", "\ufeff",
        "\ud7ff", "🎉", "é", "\r", "\\", "\\x", "@", "`", "=", "/", "..", "environment", "each.key", "()", "*", "**9",
    ]
)  # fmt: skip


def survives(root: Path, file: str, content: bytes) -> None:
    """Loading gives a project or one of the errors that are meant for people."""
    write(root, {**SOUND, file: content})
    told: tuple[Problem, ...] = ()
    try:
        load(root)
    except ProjectInvalid as error:
        told = error.problems
    except UsageError:
        pass
    for problem in told:
        assert problem.source.line > 0
        assert problem.source.column > 0
        assert str(problem)


@patient
@given(file=st.sampled_from(sorted(SOUND)), content=st.binary(max_size=200))
def test_any_bytes_are_a_project_or_a_problem(file: str, content: bytes, tmp_path: Path) -> None:
    survives(tmp_path, file, content)


@patient
@given(file=st.sampled_from(sorted(SOUND)), shards=st.lists(SHARDS, max_size=30))
def test_any_text_that_looks_like_yaml_is_a_project_or_a_problem(
    file: str, shards: list[str], tmp_path: Path
) -> None:
    survives(tmp_path, file, "".join(shards).encode())


@patient
@given(
    file=st.sampled_from(sorted(SOUND)),
    spoils=st.lists(
        st.tuples(st.integers(0, 600), st.integers(0, 12), st.lists(SHARDS, max_size=4)), max_size=4
    ),
)
def test_a_sound_file_that_was_spoiled_is_a_project_or_a_problem(
    file: str, spoils: list[tuple[int, int, list[str]]], tmp_path: Path
) -> None:
    text = SOUND[file]
    for start, gone, shards in spoils:
        cut = start % (len(text) + 1)
        text = text[:cut] + "".join(shards) + text[cut + gone :]
    survives(tmp_path, file, text.encode())
