"""Compiles leadline/native/*.cpp where there is a C++ compiler; without one, the wheel is of Python alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NATIVE = Path("src", "leadline", "native")
FLAGS = ("-std=c++17", "-O3", "-fPIC", "-shared", "-ffp-contract=fast", "-fno-math-errno", "-fno-trapping-math", "-w")


def compiled(sources: list[Path], library: Path) -> bool:
    """Whether the compiler that is there made the library; it says why if not."""
    compiler = os.environ.get("CXX") or shutil.which("c++") or shutil.which("g++")
    if compiler is None or sys.platform == "win32":
        print("leadline: there is no C++ compiler, so networks train through XLA alone.", file=sys.stderr)
        return False
    import jaxlib  # for its headers

    headers = Path(jaxlib.__file__).parent / "include"
    ran = subprocess.run(
        [compiler, *FLAGS, f"-I{headers}", *map(str, sources), "-o", str(library)], capture_output=True, text=True
    )
    if ran.returncode:
        print(f"leadline: its C++ did not compile, so networks train through XLA alone.\n{ran.stderr}", file=sys.stderr)
    return ran.returncode == 0


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """What hatchling asks before it builds."""

    def initialize(self, _version: str, build_data: dict[str, Any]) -> None:
        """Compiles, and says for which machines the wheel then is: for any Python, since no Python is called."""
        if self.target_name != "wheel":
            return
        folder = Path(self.root, NATIVE)
        if compiled(sorted(folder.glob("*.cpp")), folder / "libleadline.so"):
            machine = sysconfig.get_platform().replace("-", "_").replace(".", "_")
            build_data |= {"pure_python": False, "tag": f"py3-none-{machine}"}
            build_data["artifacts"].append(str(NATIVE / "libleadline.so"))
