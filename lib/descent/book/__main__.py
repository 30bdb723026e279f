"""The site's build steps: `python -m descent.book build`, and `… node TOOL` for a tool from npm.

Both install the packages of package-lock.json first, where they are missing or out of date.
"""

import argparse
import subprocess
from pathlib import Path

from descent.book import node
from descent.book.build import build

parser = argparse.ArgumentParser(prog="python -m descent.book", description=__doc__)
commands = parser.add_subparsers(dest="command", required=True)
commands.add_parser("build", help="build the site in the folder of _config.yml into _build/html")
tool = commands.add_parser("node", help="run a tool of node_modules with node")
tool.add_argument("tool", help="the tool's name, e.g. pyright")
tool.add_argument("arguments", nargs=argparse.REMAINDER)
options = parser.parse_args()

if options.command == "build":
    print(f"The site: {build(Path.cwd())}")
else:
    program = node.packages(Path.cwd()) / ".bin" / options.tool
    raise SystemExit(subprocess.call([node.executable(), program.resolve(), *options.arguments]))
