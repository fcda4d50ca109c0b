"""Recomputes draws, as a player would who does not believe the server. The recipe is the one in server/domain/draw.h,
written down here a second time on purpose: nothing of the server is used.

    values     HMAC-SHA256(server seed, client_seed ":" nonce), then ... ":" nonce ":" 1, and so on, as big-endian 64-bit
               numbers; below(n) takes the next one that is under the largest multiple of n, modulo n
    rarity     below(sum of the rarities' weights); with hard pity due only pity_rarity and better take part
    character  below(sum of the weights of that rarity's characters)

A table's order is that of the published event: rarities rising, characters by key within their rarity.
"""

import dataclasses
import fractions
import hashlib
import hmac

RARITIES = {"common": 1, "rare": 2, "epic": 3, "legendary": 4}


@dataclasses.dataclass
class Table:
    """What a pack draws from: `rarities` (rarity, weight), `entries` (rarity, character, weight); any order."""
    rarities: list
    entries: list
    hard_pity: int = 0
    pity_rarity: str = "legendary"

    def __post_init__(self):
        self.rarities = sorted(self.rarities, key=lambda pair: RARITIES[pair[0]])
        self.entries = sorted(self.entries, key=lambda entry: (RARITIES[entry[0]], entry[1].encode()))

    def odds(self, character):
        """The exact chance of a character in one draw, pity apart."""
        (rarity, weight), = [(rarity, weight) for rarity, name, weight in self.entries if name == character]
        of_rarity = sum(weight for other, _, weight in self.entries if other == rarity)
        return fractions.Fraction(dict(self.rarities)[rarity], sum(weight for _, weight in self.rarities)) \
            * fractions.Fraction(weight, of_rarity)


def table_of_rows(pack, odds):
    """From the rows that clients hold: a row of `pack` and its rows of `odds`."""
    return Table(sorted({(row["rarity"], row["rarity_weight"]) for row in odds}),
                 [(row["rarity"], row["character"], row["weight"]) for row in odds], pack["hard_pity"], pack["pity_rarity"])


def values(server_seed, client_seed, nonce):
    block = 0
    while True:
        message = f"{client_seed}:{nonce}" + (f":{block}" if block else "")
        digest = hmac.new(server_seed, message.encode(), hashlib.sha256).digest()
        for at in range(0, 32, 8):
            yield int.from_bytes(digest[at:at + 8], "big")
        block += 1


def below(numbers, total):
    accepted = (1 << 64) // total * total
    return next(number for number in numbers if number < accepted) % total


def pick(weighted, number):
    """`weighted`: (thing, weight) pairs; the first at which the running sum exceeds `number`."""
    for thing, weight in weighted:
        if number < weight:
            return thing
        number -= weight
    raise AssertionError("a number beyond the total")


def draw(table, server_seed, client_seed, nonce, pity):
    """(character, rarity, pity afterwards)."""
    due = table.hard_pity > 0 and pity >= table.hard_pity - 1
    floor = RARITIES[table.pity_rarity] if due else 1
    numbers = values(server_seed, client_seed, nonce)
    rarities = [(rarity, weight) for rarity, weight in table.rarities if RARITIES[rarity] >= floor]
    rarity = pick(rarities, below(numbers, sum(weight for _, weight in rarities)))
    entries = [(character, weight) for of, character, weight in table.entries if of == rarity]
    character = pick(entries, below(numbers, sum(weight for _, weight in entries)))
    return character, rarity, 0 if RARITIES[rarity] >= RARITIES[table.pity_rarity] else pity + 1


def check_opening(opening, table, server_seed, client_seed, pity):
    """Recomputes the draws of one opening (an event or a row); AssertionError names the first that differs. Returns the
    pity counter after it."""
    for number, pull in enumerate(opening["pulls"]):
        nonce = opening["first_nonce"] + number
        character, rarity, pity = draw(table, server_seed, client_seed, nonce, pity)
        assert (character, rarity) == (pull["character"], pull["rarity"]), \
            f"draw with nonce {nonce}: recomputed {character} ({rarity}), the server said {pull['character']}"
    return pity
