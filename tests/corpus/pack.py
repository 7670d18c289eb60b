"""Pack recorded cases into one archive: ls -d cases/* | python pack.py dense.tar.xz."""

import io
import lzma
import sys
import tarfile
from pathlib import Path


def main(archive: str, folders: list[Path]) -> None:
    """Write the archive; the same files give the same bytes."""
    files = [
        (path, path.relative_to(folder.parent))
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file()
    ]
    # Files of one kind side by side: they share most of their bytes.
    files.sort(key=lambda file: (file[0].suffix, file[0].name, file[1]))
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "dict_size": 1 << 27}]
    with (
        lzma.open(archive, "wb", filters=filters) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as tar,
    ):
        for path, name in files:
            info = tarfile.TarInfo(str(name))
            info.size = path.stat().st_size
            tar.addfile(info, io.BytesIO(path.read_bytes()))


if __name__ == "__main__":
    main(sys.argv[1], [Path(line) for line in sys.stdin.read().splitlines()])
