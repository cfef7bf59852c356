"""Every claimed form with its case, or with the reason why it has none."""

import atomics
import control
import forms
import images
import lanes
import matrices
import memory
import phases
import scalar
import specials

MODULE_CASES = 40
KINDS = (specials, scalar, phases, memory, atomics, images, lanes, matrices, control)


def case(form):
    """The form's case, or None."""
    return next(filter(None, (kind.case(form) for kind in KINDS)), None)


def unproven(form):
    """Why a form has no answer that would prove it, or None."""
    root = form.words[0]
    if root in control.EFFECTS:
        return control.EFFECTS[root]
    if specials.register(form) in specials.VARYING:
        return "differs from run to run, or from one GPU to another"
    if root in ("trap", "brkpt"):
        return "ends its context, and the answer with it"
    return None


def cases():
    """All cases, in the order of the forms."""
    return list(filter(None, map(case, forms.claimed())))


def modules(all_cases):
    """Cases by modules: neighbours with the same first word, so that a form that does not compile takes few with it."""
    groups = []
    for one in all_cases:
        if groups and len(groups[-1]) < MODULE_CASES and groups[-1][0].form.words[0] == one.form.words[0]:
            groups[-1].append(one)
        else:
            groups.append([one])
    return groups
