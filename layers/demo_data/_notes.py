"""Notes on the layers of the demo for residents: observed, derived or assumed."""

from __future__ import annotations

from typing import Final

#: Layer: (standing, Dutch, English).
NOTES: Final[dict[str, tuple[str, str, str]]] = {
    "parcels": (
        "derived",
        "Dit zijn geen kadastrale percelen. De grenzen zijn afgeleid uit gebouwen, straten, water en grondgebruik op OpenStreetMap; grote velden zijn in stroken verdeeld.",
        "These are not cadastral parcels. Their boundaries are derived from buildings, streets, water and land use in OpenStreetMap; large fields are cut into strips.",
    ),
    "zoning": (
        "derived",
        "Dit is geen vastgesteld bestemmingsplan of omgevingsplan. De bestemmingen zijn afgeleid uit het grondgebruik en de gebouwen op OpenStreetMap.",
        "This is not an adopted zoning plan. The designations are derived from land use and buildings in OpenStreetMap.",
    ),
    "building_plots": (
        "derived",
        "Dit zijn geen vastgestelde bouwvlakken. Ze zijn afgeleid uit gebouwen buiten de kernen en uit bedrijfsgebouwen.",
        "These are not adopted building plots. They are derived from buildings outside the settlements and from business buildings.",
    ),
    "recreation_parks": (
        "derived",
        "Campings zoals op OpenStreetMap. Bij stacaravans is het terrein afgeleid uit de caravans die er staan. Zo'n terrein kan in werkelijkheid een woonwagenlocatie zijn.",
        "Campsites as in OpenStreetMap. Of sites with static caravans the area is derived from the caravans mapped there. Such a site may in fact be a place where people live in mobile homes.",
    ),
    "facilities": (
        "observed",
        "Winkels, huisartsen, haltes en andere voorzieningen zoals ze op 30 januari 2023 op OpenStreetMap stonden. Aangenomen: tot 3,5 km buiten de rand van de kaart zijn er geen andere supermarkten dan die op de kaart.",
        "Shops, doctors, stops and other facilities as they were in OpenStreetMap on 30 January 2023. Assumed: up to 3.5 km beyond the edge of the map there are no supermarkets other than those on the map.",
    ),
    "employers": (
        "assumed",
        "De gebouwen zijn echt, het aantal banen is aangenomen: vloeroppervlak op de begane grond gedeeld door 120 m² per baan in de industrie, 60 m² in winkels, 40 m² in kantoren, 1.400 m² in kassen en 600 m² op boerderijen (daar maximaal 4).",
        "The buildings are real, the number of jobs is assumed: ground floor divided by 120 m² per job in industry, 60 m² in shops, 40 m² in offices, 1,400 m² in greenhouses and 600 m² on farms (there at most 4).",
    ),
    "businesses": (
        "assumed",
        "De gebouwen zijn echt, de milieucategorie is aangenomen naar soort en grootte van het gebouw. Waar de soort niet bekend is, is ook de categorie niet bekend.",
        "The buildings are real, the environmental category is assumed from the kind and size of the building. Where the kind is not known, neither is the category.",
    ),
    "noise": (
        "assumed",
        "Een grove schatting van geluid van wegen en spoor, in dB, naar wegsoort en afstand. Geen berekende geluidbelasting en niet geschikt voor een besluit.",
        "A rough estimate of noise from roads and railway, in dB, from road class and distance. Not a calculated noise level, and not fit for a decision.",
    ),
    "streets": (
        "observed",
        "Straten en paden zoals op OpenStreetMap, met de regels voor lopen en fietsen.",
        "Streets and paths as in OpenStreetMap, with their rules for walking and cycling.",
    ),
    "addresses": (
        "observed",
        "Adressen zoals op OpenStreetMap, overgenomen uit de BAG. Ze dienen om aangedragen locaties te vinden, niet om te toetsen.",
        "Addresses as in OpenStreetMap, taken from the national register (BAG). They serve to find submitted locations, not to judge them.",
    ),
    "buildings": (
        "derived",
        "De omtrek van de gebouwen, het BAG-nummer en het bouwjaar zijn die van OpenStreetMap, overgenomen uit de BAG. Het gebruik is afgeleid uit wat de kaart over het gebouw zegt, uit wat erin zit en, bij kassen en boerderijen, uit ligging en grootte. Het aantal woningen is afgeleid uit de adressen in het gebouw. Het vloeroppervlak is afgeleid: oppervlakte van de omtrek maal het aantal bouwlagen, meestal aangenomen naar gebruik.",
        "Outline, BAG number and year of construction of the buildings are those of OpenStreetMap, taken from the national building register (BAG). Their use is derived from what the map says of the building, from what is in it and, for greenhouses and farms, from place and size. The number of dwellings is derived from the addresses in the building. The floor area is derived: that of the outline times the number of storeys, mostly assumed by use.",
    ),
    "public_roads": (
        "derived",
        "De as van openbare wegen en fietspaden zoals op OpenStreetMap; de breedte is aangenomen naar wegsoort.",
        "Centre lines of public roads and cycleways as in OpenStreetMap; the width is assumed from the road class.",
    ),
    "municipality": (
        "observed",
        "Gemeentegrenzen zoals op OpenStreetMap, afgesneden aan de rand van het kaartgebied. Niet de hele gemeente Kampen staat erop.",
        "Municipal boundaries as in OpenStreetMap, cut off at the edge of the extract. Not all of Kampen is on it.",
    ),
    "settlements": (
        "derived",
        "De kernen zijn afgeleid: aaneengesloten bebouwing op OpenStreetMap rond een plaatsnaam.",
        "The settlements are derived: continuous building in OpenStreetMap around a place name.",
    ),
    "flood_defences": (
        "assumed",
        "Dit zijn niet de waterkeringen uit de legger van het waterschap. Het zijn de dijken en taluds die op OpenStreetMap staan, zonder die langs hoofdwegen en het spoor. Ze liggen vooral langs het Reevediep; de IJsseldijken ontbreken grotendeels. Aangenomen: een dijk die als lijn getekend is, reikt 15 m aan beide kanten van die lijn.",
        "These are not the flood defences in the register of the water authority. They are the dikes and embankments that are in OpenStreetMap, without those along main roads and the railway. Most lie along the Reevediep; the dikes along the IJssel are largely missing. Assumed: a dike that is drawn as a line reaches 15 m to both sides of it.",
    ),
    "nature_areas": (
        "observed",
        "Beschermde natuurgebieden en natuurreservaten voor zover OpenStreetMap ze kent, waaronder delen van Natura 2000-gebieden. Het natuurnetwerk van de provincie staat er niet in.",
        "Protected areas and nature reserves as far as OpenStreetMap knows them, parts of Natura 2000 areas among them. The nature network of the province is not in it.",
    ),
    "orchards": (
        "observed",
        "Boomgaarden voor zover OpenStreetMap ze kent. Of er wordt gespoten, en waar fruitteelt is toegestaan, staat er niet in.",
        "Orchards as far as OpenStreetMap knows them. Whether they are sprayed, and where fruit growing is allowed, is not in it.",
    ),
    "power_lines": (
        "observed",
        "Bovengrondse hoogspanningslijnen zoals op OpenStreetMap, met hun spanning. Ondergrondse kabels en de zones van het RIVM staan er niet in. Binnen 600 m van de rand van de kaart zijn de lijnen niet compleet.",
        "Overhead power lines as in OpenStreetMap, with their voltage. Cables under the ground and the zones of RIVM are not in it. Within 600 m of the edge of the map the lines are not complete.",
    ),
    "water": (
        "observed",
        "Water zoals op OpenStreetMap.",
        "Water as in OpenStreetMap.",
    ),
}
