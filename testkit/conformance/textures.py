"""How far blends of texels may be off.

CUDA C++ Programming Guide, Texture Fetching, Linear Filtering: the fractions along each dimension have eight bits behind the
point. How they are rounded, and their products, is not said: each may be off by 1/256 of what texels differ by. What is not
blended must agree to the bit.
"""

from images import BORDER, FLOAT, FORMAT_BYTES, HALF, LANES, geometry
from inputs import decode

CHANNELS = 4


def rule(case):
    """For rules.py."""
    dimensions = int(geometry(case.form)[-2])

    def allowed(number, wanted, given):
        image = case.objects[number // (CHANNELS * LANES)]
        channel = number % CHANNELS
        if not image.sampling[1] or channel >= image.channels:
            return False
        texels = values(image, channel)
        most = dimensions / 256 * (max(texels) - min(texels)) + 2.0**-23 * max(map(abs, texels))
        return abs(decode("f32", wanted) - decode("f32", given)) <= most

    return allowed


def values(image, channel):
    """The numbers of a channel of all texels, and of the border where one may be blended."""
    size = FORMAT_BYTES[image.format]
    raw = [int.from_bytes(image.texels[at : at + size], "little") for at in range(channel * size, len(image.texels), size * image.channels)]
    if image.format in (FLOAT, HALF):
        found = [decode("f32" if image.format == FLOAT else "f16", one) for one in raw]
    else:
        found = [one / ((1 << 8 * size) - 1) for one in raw]
    return found + [image.border[channel]] if image.sampling[0] == BORDER else found
