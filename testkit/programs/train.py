"""Trains a small network with tinygrad on whatever device DEV names, and prints the loss of every step.

usage: train.py [--steps N] [--compare LOSSES] [--write LOSSES]

The task is a spiral of three arms: points in the plane, three classes, made by a formula, so that every run has the same data.
Weights start from a formula too: two devices that calculate alike print the same losses.
"""

import argparse
import json
import math
import sys
import time

from tinygrad import Context, Device, Tensor, TinyJit, nn

POINTS, CLASSES, HIDDEN = 96, 3, 32
TOLERANCE = 1e-5  # of a loss: the order of additions differs between devices, nothing else may


def spiral():
    points, labels = [], []
    for index in range(POINTS):
        arm, place = index % CLASSES, (index // CLASSES + 1) / (POINTS // CLASSES)
        angle = 2.5 * place + arm * 2 * math.pi / CLASSES
        points.append([place * math.cos(angle), place * math.sin(angle)])
        labels.append(arm)
    return Tensor(points), Tensor(labels)


def weights(rows, columns, seed):
    scale = math.sqrt(6 / (rows + columns))
    numbers = [[scale * math.sin(12.9898 * (seed + row) + 78.233 * column) for column in range(columns)] for row in range(rows)]
    return Tensor(numbers)


class Network:
    def __init__(self):
        self.first, self.first_bias = weights(2, HIDDEN, 1), Tensor.zeros(HIDDEN).contiguous()
        self.second, self.second_bias = weights(HIDDEN, HIDDEN, 2), Tensor.zeros(HIDDEN).contiguous()
        self.third, self.third_bias = weights(HIDDEN, CLASSES, 3), Tensor.zeros(CLASSES).contiguous()

    def __call__(self, points):
        hidden = (points @ self.first + self.first_bias).relu()
        hidden = (hidden @ self.second + self.second_bias).relu()
        return hidden @ self.third + self.third_bias


def train(steps):
    points, labels = spiral()
    network = Network()
    optimizer = nn.optim.SGD(nn.state.get_parameters(network), lr=0.3, momentum=0.8)

    @TinyJit
    def step():
        optimizer.zero_grad()
        loss = network(points).sparse_categorical_crossentropy(labels)
        loss.backward()
        return loss.realize(*optimizer.schedule_step())

    losses = []
    with Context(TRAINING=1):
        for number in range(steps):
            losses.append(step().item())
            if number % 10 == 0 or number == steps - 1:
                print(f"  step {number:3}  loss {losses[-1]:.6f}", flush=True)
    right = (network(points).argmax(axis=1) == labels).sum().item()
    print(f"  {right} of {POINTS} points in the right arm")
    return losses


def compare(losses, path):
    with open(path) as file:
        others = json.load(file)
    worst = max(abs(a - b) for a, b in zip(losses, others, strict=True))
    print(f"  the largest difference from the losses of the CPU: {worst:.2e} (allowed: {TOLERANCE:.0e})")
    return worst <= TOLERANCE


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--steps", type=int, default=60)
    arguments.add_argument("--compare")
    arguments.add_argument("--write")
    given = arguments.parse_args()
    started = time.monotonic()
    print(f"tinygrad trains a network of {2 * HIDDEN + HIDDEN * HIDDEN + HIDDEN * CLASSES + 2 * HIDDEN + CLASSES} numbers on {Device.DEFAULT}")
    losses = train(given.steps)
    print(f"  {given.steps} steps in {time.monotonic() - started:.1f} s")
    if losses[-1] > losses[0] / 2:
        sys.exit("the network learnt nothing")
    if given.write:
        with open(given.write, "w") as file:
            json.dump(losses, file)
    if given.compare and not compare(losses, given.compare):
        sys.exit("the losses are not those of the CPU")


main()
