#!/usr/bin/env python3
"""Takes the text out of labelled rows: what stays is id, text hash, offsets and labels.

usage: key_labels.py OUT.jsonl COMPILED.jsonl ...

COMPILED is what ../shared/labelling/check.py writes. Others' texts may not lie in this project; `demarche train`
finds them again by their hash in the data folder. Offsets are bytes of the UTF-8 text.
"""

import hashlib
import json
import sys
import unicodedata


def fold(text):
    table = str.maketrans({"“": '"', "”": '"', "«": '"', "»": '"', "„": '"', "’": "'", "‘": "'"})
    return "".join(" " if c.isspace() else c.lower()[0] if c.lower() else c for c in text.translate(table))


def span(text, words):
    """Byte offsets of `words` in `text`; case and quotation marks are overlooked, as when they were checked."""
    start = text.find(words)
    if start < 0:
        start = fold(text).find(fold(words))
    if start < 0:
        # Runs of spaces or composed characters differ: left out rather than guessed.
        return None
    end = start + len(words)
    return [len(text[:start].encode()), len(text[:end].encode())]


def keyed(row):
    text = row["text"].strip()
    out = {
        "id": row["id"],
        "source": row["source"],
        "document": row["document"],
        "text_hash": hashlib.sha256(text.encode()).hexdigest()[:16],
        "kind": row["kind"],
    }
    if row["kind"] == "boilerplate":
        return out
    for key in ("offer", "accusation", "skepticism", "sentiment", "stance", "holder"):
        out[key] = row[key]
    out["others"] = []
    for other in row["others"]:
        place = span(text, other["mention"])
        if place:
            out["others"].append({**{k: v for k, v in other.items() if k != "mention"}, "mention": place})
    places = {key: span(text, words) for key, words in row["evidence"].items()}
    out["evidence"] = {key: place for key, place in places.items() if place}
    return out


rows, missing = [], 0
for path in sys.argv[2:]:
    with open(path, encoding="utf-8") as file:
        for line in file:
            source = json.loads(line)
            row = keyed(source)
            missing += len(source.get("evidence", {})) - len(row.get("evidence", {}))
            rows.append(row)
rows.sort(key=lambda row: row["id"])
with open(sys.argv[1], "w", encoding="utf-8") as file:
    for row in rows:
        file.write(json.dumps(row, ensure_ascii=False) + "\n")
print(f"{len(rows)} rows, {missing} pieces of evidence without a place")
