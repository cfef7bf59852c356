"""ResNet-50: inference of one picture and of 64, and training with a batch uploaded in every step."""

import torch
import torchvision
from measured import Rows, say, times

BATCH = 64
rows = Rows()
torch.manual_seed(0)
model = torchvision.models.resnet50(weights=None).to("cuda").eval()
for row, batch, repeats in (("resnet50_inference_1", 1, 10), ("resnet50_inference_64", BATCH, 1)):
    pictures = torch.randn(batch, 3, 224, 224, device="cuda")
    with torch.inference_mode():
        rows.measure(row, times(repeats, lambda: model(pictures)), steps=repeats)

if rows.wants("resnet50_training_64"):
    model.train()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    pictures, labels = torch.randn(BATCH, 3, 224, 224).pin_memory(), torch.randint(0, 1000, (BATCH,), device="cuda")
    losses = []

    def step():
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(pictures.to("cuda", non_blocking=True)), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())

    rows.measure("resnet50_training_64", step, size=pictures.nbytes)
    say("resnet50_training_64", result=losses)
