"""Pictures of the desk, for docs and for looking: `python -m tests.pictures [FOLDER]`. It is no test.

The product runs in this process between the small clouds of tests/clouds, people play a morning, and a headless Chromium draws what they see.
`--renew` puts those that docs/pictures has there anew.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
from pathlib import Path

from tests.browser_product import ROOT
from tests.pictures import computers, first_entry, story, widget
from tests.pictures.desk import desk
from tests.pictures.studio import studio

SHOWN = ROOT / "docs" / "pictures"


async def main(folder: Path) -> None:
    """All pictures into the folder, which is there."""
    with tempfile.TemporaryDirectory() as place:
        env = {name: os.environ[name] for name in ("HOME", "ENCODER", "CACHE_DIR") if name in os.environ}
        async with desk(Path(place), env) as made, studio(folder) as shots:
            await story.tell(made, shots)
    with tempfile.TemporaryDirectory() as place:
        async with desk(Path(place), env, faq=[]) as made, studio(folder) as shots:
            await first_entry.tell(made, shots)
    with tempfile.TemporaryDirectory() as place:
        async with desk(Path(place), {**env, **computers.ENV}, faq=[], more=computers.MORE) as made, studio(folder) as shots:
            await computers.tell(made, shots)
    with tempfile.TemporaryDirectory() as place, widget.shop() as site:
        async with desk(Path(place), env, more=widget.held_by(site)) as made, studio(folder) as shots:
            await widget.tell(made, shots, site)


if __name__ == "__main__":
    named = [word for word in sys.argv[1:] if word != "--renew"]
    where = Path(named[0] if named else "build/pictures")
    where.mkdir(parents=True, exist_ok=True)
    asyncio.run(main(where))
    if "--renew" in sys.argv:
        for known in SHOWN.glob("*.png"):
            shutil.copyfile(where / known.name, known)
    print(f"{len(list(where.glob('*.png')))} pictures in {where}")
