"""Prepare the teachers' label maps for training: repairs by name, then borders at the pictures' edges."""

import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import cv2
from rich.progress import track

from engines.errors import SinkError
from export.train.data import PSEUDO_LABELLED, Photo, photo_paths, read_photo
from export.train.label_borders import move_borders
from export.train.repairs import repair

EXACT = ("streets",)  # labelled by hand for the most part, with poles that segments of even colour swallow


def prepare_labels(data: Path, out: Path, workers: int = 2) -> None:
    """Write a label map `out/<folder>/labels/<name>.png` for each photo; maps that exist are kept.

    Args:
        data: folder of photos and their teachers' labels; it is only read.
        out: folder of the new label maps, for `--labels` of the trainings.
        workers: number of processes.

    Raises:
        SourceError: a photo or its label map cannot be read.
        SinkError: a label map cannot be written.
    """
    jobs = []
    for folder in PSEUDO_LABELLED:
        (out / folder / "labels").mkdir(parents=True, exist_ok=True)
        for path in photo_paths(data, folder):
            target = out / folder / "labels" / f"{path.stem}.png"
            if not target.exists():
                jobs.append((data, folder, path.stem, target))
    with ProcessPoolExecutor(workers) as processes:
        for _ in track(processes.map(_prepare, jobs, chunksize=4), "label maps", total=len(jobs)):
            pass


def prepared(photo: Photo) -> Photo:
    """Return the photo with the label map that the nets learn from."""
    photo = repair(photo)
    if photo.folder in EXACT:
        return photo
    return Photo(photo.folder, photo.name, photo.image, move_borders(photo.image, photo.labels))


def _prepare(job: tuple[Path, str, str, Path]) -> None:
    data, folder, name, target = job
    cv2.setNumThreads(1)  # the processes share the cores already
    labels = prepared(read_photo(data, folder, name)).labels
    partial = target.with_name(f".{target.name}")  # a run that is cut off leaves no half map under its name
    if not cv2.imwrite(str(partial), labels):
        raise SinkError(f"{partial} cannot be written. Free some room or name another folder with --out.")
    os.replace(partial, target)
