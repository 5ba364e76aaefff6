"""What the compiler must refuse. Each fixture is compiled twice, with the line behind `//-` and with the one behind `//+`:
the first must fail for the reason that stands behind `//!`, the second must compile, so that the first did not fail for
another reason. The modules are those of the debug build."""

import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
MODULES = ROOT / ".build/debug/Modules"
# `package` access goes by the package's identity, which is the name of its folder.
FLAGS = ["-emit-sil", "-swift-version", "6", "-package-name", ROOT.name.lower(), "-I", MODULES]
# The C modules underneath: ours, those that packages bring a map for, and those that SwiftPM made one for.
MAPS = [
    *ROOT.glob("Sources/*/module.modulemap"),
    *ROOT.glob(".build/checkouts/*/Sources/**/module.modulemap"),
    *ROOT.glob(".build/debug/*.build/module.modulemap"),
]


@pytest.mark.parametrize("fixture", sorted(HERE.glob("*.swift")), ids=lambda path: path.stem)
def test_refused_but_for_one_line(fixture, tmp_path):
    text = fixture.read_text()
    reason = next(line[4:] for line in text.splitlines() if line.startswith("//! "))
    accepted = compiled(text.replace("//+ ", ""), tmp_path / "accepted.swift")
    assert accepted.returncode == 0, accepted.stderr
    refused = compiled(text.replace("//- ", ""), tmp_path / "refused.swift")
    assert refused.returncode != 0, "it compiles"
    assert reason in refused.stderr, refused.stderr


def compiled(text, path):
    path.write_text(text)
    maps = [flag for map in MAPS for flag in ("-Xcc", f"-fmodule-map-file={map}")]
    return subprocess.run(["swiftc", *FLAGS, *maps, "-o", path.with_suffix(".sil"), path], capture_output=True, text=True, timeout=120)
