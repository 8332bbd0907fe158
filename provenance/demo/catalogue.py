"""What the demo's registry knows of each work: the rows of ``works.csv``. Every person, house and agreement in it is invented."""

import csv
import io
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from typing import Final

RESERVED: Final = "LicenseRef-All-Rights-Reserved"
PRESS: Final = "Lantern and Quay Press"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of ``works.csv``: each field is a column, an empty cell is UNKNOWN, several values are separated by semicolons."""

    file: str
    work_id: str
    title: str
    creators: str = ""
    rights_holder: str = ""
    work_type: str = "literary"
    genre: str = "other"
    published: str = ""
    first_published: str = ""
    licence: str = ""
    licence_uses: str = ""
    licence_territories: str = ""
    licence_commercial: str = ""
    licence_derivatives: str = ""
    licence_attribution: str = ""
    licence_start: str = ""
    licence_end: str = ""
    public_domain: str = ""
    public_domain_territories: str = ""
    boilerplate: str = ""


TEXTS: Final = (
    Row(
        file="works/the-lamp-keeper.txt",
        work_id="the-lamp-keeper",
        title="The Lamp-Keeper",
        creators="Ines Varholm",
        rights_holder=f"Ines Varholm;{PRESS}",
        genre="novel",  # the nearest of the closed list to a short story
        published="true",
        first_published="2019-03-14",
        licence=RESERVED,
        public_domain="false",
    ),
    # Of this one nobody has found out whose it is: what is unknown stays empty.
    Row(
        file="works/the-weight-of-the-bell.txt",
        work_id="the-weight-of-the-bell",
        title="The Weight of the Bell",
        creators="Joost Emmerling",
        genre="novel",
    ),
    Row(
        file="works/what-the-rain-counts.txt",
        work_id="what-the-rain-counts",
        title="What the Rain Counts",
        creators="Ruth Calloway-Dun",
        rights_holder="Ruth Calloway-Dun",
        genre="poem",
        published="true",
        first_published="2021-10-02",
        licence=RESERVED,
        public_domain="false",
    ),
    Row(
        file="works/on-margins.txt",
        work_id="on-margins",
        title="On Margins",
        creators="Adaeze Lindqvist",
        rights_holder="Lindqvist and Moor Essays",
        genre="article",
        published="true",
        first_published="2022-05-20",
        licence="AGR-2025-014",
        licence_uses="train;evaluate",
        licence_territories="US;EU",
        licence_commercial="true",
        licence_derivatives="true",
        licence_attribution="false",
        licence_start="2025-01-01",
        licence_end="2027-12-31",
        public_domain="false",
    ),
    # Published 1904 by an author who died in 1902: more than 95 years since publication (17 U.S.C. 304), more than 70 since the author's
    # death (Directive 2006/116/EC, art. 1; CDPA 1988, s. 12).
    Row(
        file="works/letter-from-port-ansgar.txt",
        work_id="letter-from-port-ansgar",
        title="Letter from Port Ansgar",
        creators="Elspeth Rowe (1838-1902)",
        published="true",
        first_published="1904-01-01",
        public_domain="true",
        public_domain_territories="US;GB;EU",
    ),
    Row(
        file="works/reading-notice.txt",
        work_id="reading-notice",
        title="Reading notice of the Lantern and Quay Press",
        rights_holder=PRESS,
        published="true",
        boilerplate="true",
    ),
)
SOUNDS: Final = (
    Row(
        file="works/tidewater-waltz.wav",
        work_id="tidewater-waltz",
        title="Tidewater Waltz",
        creators="The Varrick Lane Quartet",
        rights_holder="Varrick Lane Recordings",
        work_type="sound-recording",
        genre="recording",
        published="true",
        first_published="2020-06-05",
        licence=RESERVED,
        public_domain="false",
    ),
    Row(
        file="works/night-freight.wav",
        work_id="night-freight",
        title="Night Freight",
        creators="Ferrolunt",
        rights_holder="Varrick Lane Recordings",
        work_type="sound-recording",
        genre="recording",
        published="true",
        first_published="2023-11-17",
        licence=RESERVED,
        public_domain="false",
    ),
)
PICTURES: Final = (
    Row(
        file="works/birches-in-may.jpg",
        work_id="birches-in-may",
        title="Birches in May",
        creators="Tove Marchetti",
        rights_holder="Tove Marchetti",
        work_type="pictorial",
        genre="illustration",
        published="true",
        first_published="2018-05-01",
        licence=RESERVED,
        public_domain="false",
    ),
    Row(
        file="works/harbour-at-night.jpg",
        work_id="harbour-at-night",
        title="Harbour at Night",
        creators="Kasimir Oyelaran",
        rights_holder="Kasimir Oyelaran",
        work_type="pictorial",
        genre="illustration",
        published="true",
        first_published="2020-09-12",
        licence="CC-BY-4.0",
        licence_start="2020-09-12",
    ),
    # Licensed for training alone: what a model puts out is another use.
    Row(
        file="works/plate-nine.png",
        work_id="plate-nine",
        title="Helianthella imaginaria, plate IX",
        creators="Beatrix Solheim",
        rights_holder="Solheim Botanical Plates",
        work_type="pictorial",
        genre="illustration",
        published="true",
        first_published="2016-02-29",
        licence="AGR-2024-031",
        licence_uses="train",
        licence_territories="WORLD",
        licence_commercial="true",
        licence_derivatives="true",
        licence_attribution="false",
        licence_start="2024-07-01",
        licence_end="2029-06-30",
        public_domain="false",
    ),
)


def csv_of(rows: Iterable[Row]) -> str:
    """The rows as a CSV file with a heading."""
    buffer = io.StringIO(newline="")
    writer = csv.DictWriter(buffer, [field.name for field in fields(Row)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(row) for row in rows)
    return buffer.getvalue()
