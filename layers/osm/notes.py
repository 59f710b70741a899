"""Notes on the layers from OpenStreetMap for residents: observed or derived."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from suitability.core.layer import Standing
    from suitability.core.messages import Lang

#: Layer: (standing, Dutch, English).
NOTES: Final[dict[str, tuple[Standing, str, str]]] = {
    "streets": (
        "observed",
        "Straten en paden zoals op OpenStreetMap, met de regels voor lopen en fietsen.",
        "Streets and paths as in OpenStreetMap, with their rules for walking and cycling.",
    ),
    "facilities": (
        "observed",
        "Winkels, huisartsen, haltes en andere voorzieningen zoals op OpenStreetMap. Vrijwilligers houden de kaart bij; wat kort geleden is geopend of gesloten, kan nog ontbreken of er nog op staan.",
        "Shops, doctors, stops and other facilities as in OpenStreetMap. Volunteers keep the map; what opened or closed lately may still be missing or still be there.",
    ),
    "recreation_parks": (
        "derived",
        "Campings en vakantieparken zoals op OpenStreetMap. Bij stacaravans of vakantiehuisjes is het terrein afgeleid uit wat er staat. Zo'n terrein kan in werkelijkheid een woonwagenlocatie zijn. Van een park dat alleen als punt op de kaart staat, is niet bekend welke grond erbij hoort.",
        "Campsites and holiday parks as in OpenStreetMap; of sites with static caravans or chalets the area is derived from those mapped there. Such a site may in fact be a place where people live in mobile homes. Of a park that is mapped only as a point it is not known which land belongs to it.",
    ),
    "buildings": (
        "derived",
        "Gebouwen zoals op OpenStreetMap, meestal overgenomen uit de BAG. Het gebruik is afgeleid uit wat de kaart over het gebouw zegt en uit wat erin zit, het aantal woningen uit de adressen erin. Het vloeroppervlak is de oppervlakte van de omtrek maal het aantal bouwlagen; waar dat aantal niet op de kaart staat, is het aangenomen naar gebruik.",
        "Buildings as in OpenStreetMap, mostly taken from the national building register (BAG). Their use is derived from what the map says of the building and of what is in it, the number of dwellings from the addresses in it. The floor area is that of the outline times the number of storeys; where the map does not give that number, it is assumed by use.",
    ),
    "water": (
        "observed",
        "Water dat op OpenStreetMap als vlak getekend is. Sloten en beken die als lijn getekend zijn, staan er niet in.",
        "Water drawn as an area in OpenStreetMap. Ditches and streams drawn as a line are not in it.",
    ),
    "public_roads": (
        "derived",
        "De as van openbare wegen en fietspaden zoals op OpenStreetMap; de breedte is aangenomen naar wegsoort.",
        "Centre lines of public roads and cycleways as in OpenStreetMap; the width is assumed from the road class.",
    ),
    "settlements": (
        "derived",
        "De kernen zijn afgeleid: aaneengesloten bebouwing op OpenStreetMap met minimaal honderd adressen, genoemd naar de woonplaats van de meeste adressen. Dit is niet de bebouwde kom volgens een besluit.",
        "The settlements are derived: continuous building in OpenStreetMap with at least a hundred addresses, named after the town of most of them. This is not the built-up area as laid down in a decision.",
    ),
    "municipality": (
        "observed",
        "Gemeentegrenzen zoals op OpenStreetMap, afgesneden aan de rand van het kaartgebied.",
        "Municipal boundaries as in OpenStreetMap, cut off at the edge of the extract.",
    ),
}
#: Added where the extract does not say of when it is.
UNDATED: Final[dict[Lang, str]] = {
    "nl": "In het bestand staat geen datum. De datum hier is die van het nieuwste onderdeel erin, of anders die van het bestand.",
    "en": "The file gives no date. The date here is that of the newest object in it, or else that of the file.",
}
