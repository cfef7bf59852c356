"""The self-contained archive: drops what one platform does not need, reads every ELF file, packs the same bytes every time.

usage: archive.py slim FOLDER TARGET      copies the jars of FOLDER without the native libraries of other platforms, those of this
                                          one to TARGET/native, where Netty finds them without unpacking them at each start,
                                          and without signatures and the digests they sign, which cost each start
                                          (Java reads a jar's manifest whole) and let no class be made ready
       archive.py floor FOLDER MAX        fails when an ELF file in FOLDER, or in a jar of it, needs a glibc above MAX
       archive.py pack FOLDER NAME OUT    packs FOLDER as NAME/… into OUT (.tar.xz)
"""

import concurrent.futures
import io
import lzma
import os
import pathlib
import re
import struct
import sys
import tarfile
import zipfile

# So much is compressed at a time: many times what a compressor looks back at (4 MiB), so that cutting costs little.
BLOCK = 32 << 20
# 2026-11-23T00:00:00Z, the time stamp of the jars too.
TIME = 1795392000
# Aircompressor does in Java what its native libraries would do, and those want a newer glibc.
MANIFEST = "META-INF/MANIFEST.MF"
FOREIGN = re.compile(
    r"com/sun/jna/(?!linux-x86-64/)[a-z0-9]+-[^/]+/"
    r"|com/sun/jna/[^/]+/.*\.(?:dll|jnilib|a)$"
    r"|aircompressor/"
    r"|META-INF/[^/]+\.(?:SF|RSA|DSA|EC)$"
    r"|META-INF/native/.*(?:\.dll|\.jnilib|aarch_64|aarch64|riscv|osx|windows)"
)


# Netty's, by the names under which System.loadLibrary looks for them.
NATIVE = re.compile(r"META-INF/native/(lib[^/]+\.so)$")


def slim(folder, target):
    pathlib.Path(target, "native").mkdir(exist_ok=True)
    for jar in sorted(pathlib.Path(folder).glob("*.jar")):
        slim_jar(jar, pathlib.Path(target, jar.name))


def slim_jar(source, target):
    """Entries in the order of the source jar, stored: the archive's own compression does better over all of them."""
    with zipfile.ZipFile(source) as jar, zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as out:
        for entry in jar.infolist():
            if FOREIGN.match(entry.filename):
                continue
            native = NATIVE.match(entry.filename)
            if native:
                library = target.parent / "native" / native.group(1)
                library.write_bytes(jar.read(entry))
                library.chmod(0o755)
                continue
            kept = zipfile.ZipInfo(entry.filename, (2026, 11, 23, 0, 0, 0))
            kept.external_attr = entry.external_attr
            out.writestr(kept, main_section(jar.read(entry)) if entry.filename == MANIFEST else jar.read(entry))
    # classes made ready from a jar stay so as long as its time does
    os.utime(target, (TIME, TIME))


def main_section(manifest):
    """The attributes of the jar as a whole: what follows the first empty line is about single entries, their digests above all."""
    return re.split(rb"\r?\n\r?\n", manifest, maxsplit=1)[0].rstrip() + b"\n\n"


class Elf:
    """The part of a 64-bit little-endian ELF file that says which versions of which library it needs."""

    VERNEED = 0x6FFFFFFE

    def __init__(self, data):
        self.data = data
        self.machine = struct.unpack_from("<H", data, 18)[0]
        self.bits = data[4] * 32

    def sections(self):
        (offset,) = struct.unpack_from("<Q", self.data, 40)
        size, count = struct.unpack_from("<HH", self.data, 58)
        for index in range(count):
            _, kind, _, _, start, length, link, info = struct.unpack_from("<IIQQQQII", self.data, offset + index * size)
            yield kind, start, length, link, info

    def needed_versions(self):
        sections = list(self.sections())
        for kind, start, _, link, count in sections:
            if kind != self.VERNEED:
                continue
            strings = sections[link][1]
            for _ in range(count):
                _, auxiliaries, _, auxiliary, following = struct.unpack_from("<HHIII", self.data, start)
                place = start + auxiliary
                for _ in range(auxiliaries):
                    _, _, _, name, step = struct.unpack_from("<IHHII", self.data, place)
                    yield self.text(strings + name)
                    place += step
                start += following

    def text(self, start):
        return self.data[start : self.data.index(b"\0", start)].decode()


def elves(folder):
    """Every ELF file under the folder and in its jars, with a name a person can find."""
    for file in sorted(pathlib.Path(folder).rglob("*")):
        if not file.is_file() or file.is_symlink():
            continue
        if file.suffix == ".jar":
            with zipfile.ZipFile(file) as jar:
                for entry in jar.namelist():
                    with jar.open(entry) as stream:
                        if stream.read(4) == b"\x7fELF":
                            yield f"{file.name}!{entry}", jar.read(entry)
        else:
            data = file.read_bytes()
            if data[:4] == b"\x7fELF":
                yield str(file.relative_to(folder)), data


def number(version):
    return tuple(int(part) for part in version.removeprefix("GLIBC_").split("."))


def floor(folder, maximum):
    """Every ELF is for x86-64 and needs no glibc above the maximum; answers how many were read."""
    faults, read, highest = [], 0, (0,)
    for name, data in elves(folder):
        read += 1
        elf = Elf(data)
        if elf.bits != 64 or elf.machine != 62:
            faults.append(f"{name}: not for x86-64")
            continue
        versions = [v for v in elf.needed_versions() if re.fullmatch(r"GLIBC_[0-9.]+", v)]
        top = max(map(number, versions), default=(0,))
        highest = max(highest, top)
        if top > number(maximum):
            faults.append(f"{name}: needs GLIBC_{'.'.join(map(str, top))}, the archive promises {maximum}")
    for fault in faults:
        print(fault)
    print(f"{read} ELF files read, the highest needs GLIBC_{'.'.join(map(str, highest))}")
    if faults or read == 0:
        sys.exit(1)


def pack(folder, name, out):
    """The same folder gives the same bytes: sorted names, one time stamp, owner root, modes from the execute bit."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for file in [pathlib.Path(folder), *sorted(pathlib.Path(folder).rglob("*"))]:
            entry = archive.gettarinfo(file, str(pathlib.PurePosixPath(name, file.relative_to(folder))))
            entry.uid = entry.gid = 0
            entry.uname = entry.gname = "root"
            entry.mtime = TIME
            if not entry.issym():
                entry.mode = 0o755 if entry.isdir() or entry.mode & 0o100 else 0o644
            if entry.isfile():
                with open(file, "rb") as stream:
                    archive.addfile(entry, stream)
            else:
                archive.addfile(entry)
    pathlib.Path(out).write_bytes(compress(raw.getbuffer()))


def compress(data, block=BLOCK):
    """The .xz of the data: blocks that are compressed side by side, each a stream of its own. How many cores do it does not show in the bytes."""
    blocks = [data[start : start + block] for start in range(0, len(data), block)]
    # The fastest preset whose result has room to grow below the archive's limit.
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as cores:
        return b"".join(cores.map(lambda one: lzma.compress(one, preset=4), blocks))


if __name__ == "__main__":
    {"slim": slim, "floor": floor, "pack": pack}[sys.argv[1]](*sys.argv[2:])
