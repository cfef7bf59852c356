"""BERT base in half precision, eight texts of 128 tokens, one number read at the end."""

import torch
from measured import Rows, say
from transformers import BertConfig, BertModel

rows = Rows()
torch.manual_seed(0)
model = BertModel(BertConfig()).to("cuda").half().eval()
texts = torch.randint(0, 30000, (8, 128), device="cuda")
sums = []


def once():
    with torch.inference_mode():
        sums.append(model(texts).last_hidden_state.float().square().mean().item())


rows.measure("bert_fp16", once)
say("bert_fp16", result=sums)
