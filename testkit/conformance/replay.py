#!/usr/bin/env python3
"""Runs the kernels that a GPU has answered on the GPU of this machine and compares: under `penstock run`, the software GPU's.

usage: replay.py [WORD…]   only forms whose first words are these

Prints each form whose answer is wrong by rules.py, and ends with 1 if there is one. A form that no GPU has answered is counted as
unproven where unproven.txt names it, and is wrong else.
"""

import sys

import accept
import case as cases
import catalogue
import cuda
import rules


def unanswered(one, recorded, unproven):
    """What is wrong with a case that has no answer to compare with: "" where it is among the unproven, None where it has one."""
    digest = recorded.get(one.form.name, ("", b""))[0]
    if digest == one.digest:
        return None
    if one.form.name in unproven:
        return ""
    return "its kernel or its inputs are others than the GPU had" if digest else "no GPU has answered its kernel, and it is not listed as unproven"


class Replay:
    """A GPU and the answers that it is held to."""

    def __init__(self, all_cases):
        self.cases = all_cases
        self.recorded = accept.kept().forms
        self.listed = accept.listed()
        self.unproven = 0
        self.gpu = cuda.Gpu()
        self.memory = cuda.Memory(self.gpu, all_cases)

    def wrong(self, word):
        """Of the forms with a first word: each that is wrong, with what is wrong with it."""
        found = {}
        for group in catalogue.modules([one for one in self.cases if one.form.words[0] == word]):
            module = self.gpu.load(cases.module(group))
            for number, one in enumerate(group):
                said = self.said(module, f"k{number}", one)
                if said:
                    found[one.form.name] = said
            self.gpu.unload(module)
        return found

    def said(self, module, kernel, one):
        missing = unanswered(one, self.recorded, self.listed)
        if missing is None:
            recorded = self.recorded[one.form.name][1]
            return rules.difference(one, recorded, self.gpu.run(module, kernel, one, self.memory))
        self.unproven += not missing
        return missing


def words(all_cases):
    """The first words of the forms, in their order."""
    return list(dict.fromkeys(one.form.words[0] for one in all_cases))


def main():
    replay = Replay(catalogue.cases())
    count = 0
    for word in sys.argv[1:] or words(replay.cases):
        for name, said in replay.wrong(word).items():
            count += 1
            print(f"{name}: {said}")
    print(f"{count} forms are wrong, {replay.unproven} are unproven")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
