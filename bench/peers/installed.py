"""Prints as JSON which versions are installed, and how many bytes some packages take with all that they require.

usage: python installed.py PACKAGE[,PACKAGE...] ...
"""

import json
import platform
import re
import sys
from importlib import metadata


def closure(names, seen):
    for name in names:
        name = re.sub(r"[-_.]+", "-", name).lower()
        if name in seen:
            continue
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue  # required on other platforms or Pythons only
        seen[name] = distribution
        needed = [text for text in distribution.requires or [] if "extra ==" not in text]
        closure([re.match(r"[\w.-]+", text).group() for text in needed], seen)
    return seen


def size(distribution):
    files = [distribution.locate_file(file) for file in distribution.files or []]
    return sum(file.stat().st_size for file in files if file.is_file())


print(
    json.dumps(
        {
            "python": platform.python_version(),
            "versions": {d.metadata["Name"].lower(): d.version for d in metadata.distributions()},
            "bytes": [sum(map(size, closure(argument.split(","), {}).values())) for argument in sys.argv[1:]],
        }
    )
)
