"""What the compiler must refuse. Each fixture is compiled twice, with the line behind `//-` and with the one behind `//+`:
the first must fail for the reason that stands behind `//!`, the second must compile, so that the first did not fail for
another reason. The modules are those of the debug build."""

import re
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
MODULES = ROOT / ".build/debug/Modules"
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
    flags = ["-emit-sil", "-swift-version", "6", "-package-name", package_name(), "-I", MODULES]
    command = ["swiftc", *flags, *maps, "-o", path.with_suffix(".sil"), path]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def package_name():
    """What `package` access goes by: SwiftPM makes it from the name of the folder. Read from its build plan."""
    for line in (ROOT / ".build/debug.yaml").read_text().splitlines():
        name = re.search(r'"-package-name","([^"]+)"', line)
        if name and '"-module-name","Sealing"' in line:
            return name[1]
    raise LookupError("the build plan has no target Sealing: swift build first")
