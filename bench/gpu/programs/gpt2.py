"""GPT-2 with 124 million parameters: 64 tokens generated in single and half precision, and a step of training."""

import torch
from measured import Rows, say
from transformers import GPT2Config, GPT2LMHeadModel

TOKENS = 64
VOCABULARY = 50257
rows = Rows()


def model():
    torch.manual_seed(0)
    return GPT2LMHeadModel(GPT2Config()).to("cuda").eval()


def generate(row, gpt):
    prompt = torch.randint(0, VOCABULARY, (1, 32), device="cuda")
    found = []

    def once():
        with torch.inference_mode():
            found[:] = gpt.generate(prompt, max_new_tokens=TOKENS, min_new_tokens=TOKENS, do_sample=False, pad_token_id=0)[0].tolist()

    rows.measure(row, once, steps=TOKENS, warm_up=1)
    say(row, result=found)


if rows.wants("gpt2_generation_fp32"):
    generate("gpt2_generation_fp32", model())
if rows.wants("gpt2_generation_fp16"):
    generate("gpt2_generation_fp16", model().half())
if rows.wants("gpt2_training"):
    gpt = model().train()
    optimizer = torch.optim.AdamW(gpt.parameters(), lr=1e-4)
    batch = torch.randint(0, VOCABULARY, (8, 256), device="cuda")
    losses = []

    def step():
        optimizer.zero_grad()
        loss = gpt(batch, labels=batch).loss
        loss.backward()
        optimizer.step()
        losses.append(loss.item())

    rows.measure("gpt2_training", step, warm_up=2)
    say("gpt2_training", result=losses)
