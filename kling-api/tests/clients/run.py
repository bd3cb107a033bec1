"""Runs fal's Python and JavaScript clients against one FakeFal and compares what they report. See README.md."""

import argparse
import contextlib
import difflib
import json
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parents[2]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", metavar="FOLDER", help="install into this folder and leave it there")
    parser.add_argument("--fal-client", default="1.0.3", metavar="VERSION", help="of the Python package")
    parser.add_argument("--fal-ai-client", default="1.10.1", metavar="VERSION", help="of the JavaScript package")
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(options.keep or stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        python = install_python(folder, options.fal_client)
        install_javascript(folder, options.fal_ai_client)
        fake = stack.enter_context(fake_fal())
        by_python = report([str(python), str(HERE / "client.py")], fake)
        # Node looks for packages beside the script.
        script = folder / "client.mjs"
        script.write_text((HERE / "client.mjs").read_text(encoding="utf-8"), encoding="utf-8")
        by_javascript = report(["node", str(script)], fake)
    expected = json.loads((HERE / "expected.json").read_text(encoding="utf-8"))
    uploads = expected.pop("uploads")
    problems = compare("expected.json", uploads["Python"], "uploads in Python", by_python.pop("uploads"))
    problems += compare("expected.json", expected, "Python", by_python)
    problems += compare("expected.json", uploads["JavaScript"], "uploads in JavaScript", by_javascript.pop("uploads"))
    streamed = by_javascript.pop("subscribe by stream")
    problems += compare("expected.json", expected, "JavaScript", by_javascript)
    problems += compare("polling", expected["subscribe"], "the status stream in JavaScript", streamed)
    if problems:
        sys.exit("\n".join(problems))
    print(f"OK: {len(expected)} steps, the same in both clients, the status stream as polling, and the uploads of both")


def install_python(folder, version):
    environment = folder / "python"
    python = environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    subprocess.run([str(python), "-m", "pip", "install", "--quiet", f"fal-client=={version}"], check=True)
    return python


def install_javascript(folder, version):
    npm = "npm.cmd" if os.name == "nt" else "npm"
    (folder / "package.json").write_text('{"private": true}\n', encoding="utf-8")
    subprocess.run([npm, "install", "--silent", "--no-save", f"@fal-ai/client@{version}"], cwd=folder, check=True)


@contextlib.contextmanager
def fake_fal():
    command = ["cargo", "run", "--quiet", "-p", "kling-api", "--features", "testing", "--example", "fake_fal"]
    pipe = subprocess.PIPE
    # It serves until its input is closed, which also happens when this program dies.
    with subprocess.Popen(command, cwd=REPOSITORY, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True) as fake:
        settings = {}
        while "KLING_API_CDN_URL" not in settings:
            name, is_setting, value = fake.stdout.readline().strip().partition("=")
            if not is_setting:
                sys.exit(f"FakeFal did not start. Try it alone: {' '.join(command)}")
            settings[name] = value
        try:
            yield settings
        finally:
            fake.stdin.close()


def report(command, settings):
    done = subprocess.run(command, env={**os.environ, **settings}, stdout=subprocess.PIPE, text=True, check=True, timeout=300)
    return json.loads(done.stdout, object_hook=without_url)


def without_url(value):
    """The example output is the document's, and may change with it: only that there is a URL is expected."""
    if isinstance(value.get("url"), str) and list(value) == ["url"]:
        return {"url": "an example"}
    return value


def compare(name, expected, other_name, other):
    left, right = (json.dumps(value, indent=2, sort_keys=True).splitlines() for value in (expected, other))
    return list(difflib.unified_diff(left, right, name, other_name, lineterm=""))


if __name__ == "__main__":
    main()
