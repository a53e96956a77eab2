"""The ZIP codes of 15 countries, as many of each as the benchmarks draw from."""

import string
from dataclasses import dataclass

from odoo.addons.crm_territory.engine.countries import PARTS


@dataclass(frozen=True)
class Postal:
    """The ZIP codes of a country.

    :param units: what ranges are made of, in the order of the codes
    :param end: what follows a unit in a code: 0 a digit, A a letter
    """

    code: str
    units: list
    end: str = ""

    def __post_init__(self):
        """Without the codes of parts of the country that count as countries."""
        abroad = tuple(beginning for beginning, _part in PARTS.get(self.code, ()))
        at_home = [unit for unit in self.units if not unit.startswith(abroad)]
        object.__setattr__(self, "units", at_home)

    def codes(self, generator, count):
        for unit in generator.choices(self.units, k=count):
            yield unit + "".join(
                generator.choice(_CHARACTERS.get(character, character))
                for character in self.end
            )

    def key(self, unit):
        """How a place code of the unit begins; letters of Britain's areas have two
        places, its districts two digits.
        """
        if self.code != "GB":
            return self.code + unit.replace("-", "")
        area = unit.rstrip(string.digits)
        return f"GB{area.ljust(2, '-')}{unit[len(area) :].zfill(2)}"


_CHARACTERS = {"0": "0123456789", "A": "ABDEFGHJLNPQRSTUWXYZ"}


def _digits(length, first=0):
    return [str(number).zfill(length) for number in range(first, 10**length)]


def _letters(first, third):
    return [f"{a}{digit}{b}" for a in first for digit in range(10) for b in third]


POSTAL = [
    *(Postal(code, _digits(5)) for code in ("DE", "FR", "IT", "ES", "US")),
    *(Postal(code, _digits(4, 1000)) for code in ("CH", "AT", "BE", "DK")),
    Postal("NL", _digits(4, 1000), " AA"),
    Postal("PL", [f"{code[:2]}-{code[2:]}" for code in _digits(5)]),
    Postal("BR", _digits(5), "-000"),
    Postal("JP", [f"{code[:3]}-{code[3:]}" for code in _digits(5)], "00"),
    Postal("CA", _letters("ABCEGHJKLMNPRSTVXY", "ABCEGHJKLMNPRSTVWXYZ"), " 0A0"),
    Postal(
        "GB",
        [
            f"{area}{district}"
            for area in (
                *"BEGLMNSW",
                *"AB AL BA BB BD BH BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD"
                " DE DG DH DL DN DT DY EC EH EN EX FK FY GL GU HA HD HG HP HR HU HX IG"
                " IP IV KA KT KW KY LA LD LE LL LN LS LU ME MK ML NE NG NN NP NR NW OL"
                " OX PA PE PH PL PO PR RG RH RM SA SE SG SK SL SM SN SO SP SR SS ST SW"
                " SY TA TD TF TN TQ TR TS TW UB WA WC WD WF WN WR WS WV YO".split(),
            )
            for district in range(1, 31)
        ],
        " 0AA",
    ),
]
