#!/usr/bin/env python3
"""Takes over what record.py brought from a GPU, and writes which claimed forms are proven by it: proven.txt, unproven.txt."""

import argparse
import pathlib
import shutil

import answers
import catalogue
import forms

HERE = pathlib.Path(__file__).resolve().parent
NOT_YET = "no GPU has answered it yet"


def standing(recorded):
    """The names of the proven forms, and of the others with the reason why not."""
    proven, unproven = [], {}
    for form in forms.claimed():
        reason = catalogue.unproven(form)
        case = None if reason else catalogue.case(form)
        if case and recorded.get(form.name, ("", b""))[0] == case.digest:
            proven.append(form.name)
        else:
            unproven[form.name] = reason or NOT_YET
    return proven, unproven


def texts(recorded):
    """What proven.txt and unproven.txt hold for the answers recorded."""
    proven, unproven = standing(recorded)
    return "".join(f"{name}\n" for name in proven), "".join(f"{name}\t{reason}\n" for name, reason in unproven.items())


def kept():
    """The answers that are here, or none."""
    path = HERE / answers.FILE
    return answers.read(path) if path.exists() else answers.Answers({}, {})


def listed():
    """The names of the forms that unproven.txt has."""
    return {line.split("\t")[0] for line in (HERE / "unproven.txt").read_text().splitlines()}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=pathlib.Path, help="record.py's; without it the answers that are here are looked at again")
    folder = parser.parse_args().folder
    if folder and not (folder / answers.FILE).is_file():
        parser.error(f"{folder} holds no {answers.FILE}")
    if folder:
        shutil.copyfile(folder / answers.FILE, HERE / answers.FILE)
    proven, unproven = texts(kept().forms)
    (HERE / "proven.txt").write_text(proven)
    (HERE / "unproven.txt").write_text(unproven)
    print(f"{proven.count(chr(10))} forms are proven, {unproven.count(chr(10))} are not")


if __name__ == "__main__":
    main()
