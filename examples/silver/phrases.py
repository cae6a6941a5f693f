"""What sentences are put together from: openings, main clauses, endings. ``{KIND}`` is a name to be marked,
``{KIND:LABEL}`` one of any kind in that role, ``{kind}`` in small letters an unmarked word.
"""

OPENINGS = """
on {day},
in {month},
in {LOC:LOC},
according to {BODY},
after {n} days of talks in {LOC},
despite warnings from {BODY},
after {ANY:PER} left,
when {ANY:ORG} went public,
before {ANY:LOC} was cut off by snow,
as {ADJ} reporters looked on,
for the second time since {year},
speaking {ADJ} with some effort,
two weeks after the {MISC},
while {PER} waited outside,
near {ANY:LOC},
with {FIRM} out of the race,
because {ANY:PER} had been ill,
since {ANY:LOC} has no hospital,
although {ANY:ORG} denied it,
as soon as {SURNAME:PER} had sat down,
at the gates of {BODY},
late on {day},
together with {PER} and {PER},
between {TOWN} and {ANY:LOC},
"""

MAINS = """
{ANY:PER} said the vote would be counted again
{ANY:PER} resigned as head of {BODY}
{ANY:PER} scored {goals} goals against {TEAM}
{ANY:PER} was born in {TOWN} and grew up in {LOC}
{ANY:PER} has coached {TEAM} since {year}
{ANY:PER} told reporters that he had never met {PER}
{ANY:PER} married {PER} in {TOWN}
{ANY:PER} lost her seat by {n} votes
{SURNAME:PER} thanked the doctors and went home
{SURNAME:PER} and {ANY:PER} were seen leaving together
{PER}, {years}, wrote most of {WORK} on a night train
{PER} joined {FIRM} from {FIRM}
{PER} of {BODY} called the figures a scandal
{PER} won the {MISC} ahead of {PER}
{PER} teaches {ADJ} at {BODY}
{PER} flew to {LOC} to meet {ANY:PER}
{job} {PER} asked the court for more time
{title} {SURNAME:PER} blamed {FIRM} for the delay
{title} {ANY:PER} was not in the room
police in {LOC} arrested {PER} and {n} others
my neighbour {PER} used to work for {ANY:ORG}
nobody had told {ANY:PER} about the letter
{ANY:ORG} posted a loss of {money}
{ANY:ORG} will cut {n} jobs in {LOC}
{ANY:ORG} recalled {n} cars sold in {LOC}
{ANY:ORG} shares fell {percent}
{ANY:ORG} was fined {money} by {BODY}
{ANY:ORG} bought {FIRM} for {money}
{WORD:ORG} posted a profit of {money}
{WORD:ORG} hired {PER} to run its {ADJ} business
{WORD:ORG} shares rose {percent}
{WORD:ORG} and {FIRM} are to merge
{FIRM} named {PER} chief executive
{FIRM} agreed to pay {money} to former staff
{FIRM} opened an office in {TOWN}
shares in {ANY:ORG} fell {percent}
a spokesman for {ANY:ORG} declined to comment
{BODY} asked {FIRM} to explain the bill
{BODY} found lead in the water of {TOWN}
{BODY} opened a new building in {LOC}
{BODY} and {BODY} signed a paper nobody has read
researchers at {BODY} counted {n} kinds of moth near {TOWN}
a judge ruled that {FIRM} had broken the {MISC}
{BODY} gave {money} to {BODY}
{ANY:LOC} lies on the left bank of a slow river
{ANY:LOC} has a population of {n}
{ANY:LOC} was flooded for {n} days
{ANY:LOC} has no railway of its own
{ANY:LOC} residents blocked the road to {TOWN}
{TOWN} was without power for {n} hours
{LOC} closed its border with {LOC}
{LOC} and {LOC} reopened the tunnel
heavy rain is expected from {LOC} to {TOWN}
the road from {ANY:LOC} to {TOWN} was closed
thousands left {ANY:LOC} by bus
a train from {TOWN} hit a wall outside {ANY:LOC}
the {ADJ} embassy in {LOC} reopened
{ADJ} farmers poured milk on the road to {TOWN}
{ADJ} and {ADJ} ships searched off {LOC}
{ANY:ORG} beat {TEAM:ORG} {goals}-{goals}
{ANY:ORG} drew at home with {TEAM:ORG}
{ANY:ORG} signed {PER} on a two-year deal
{TEAM:ORG} lost to {ANY:ORG} after extra time
{TEAM:ORG} sacked {ANY:PER} on {day}
{TEAM:ORG} {goals} {TEAM:ORG} {goals}
{PER} ({ADJ}) beat {PER} ({ADJ}) in the {MISC}
the {MISC} drew {n} people to {TOWN}
the {MISC} was passed in {year}
{WORK} opens in {LOC} on {day}
critics called {WORK} the best {ADJ} film of the year
the author of {WORK} lives in {TOWN}
summit talks ended without a deal
harvest was late in {LOC}
horizon and sky were the same grey over {TOWN}
timber prices rose {percent}
granite from {LOC} is sold by {FIRM}
maple and willow grow along the river at {TOWN}
union leaders met {ANY:PER} on {day}
pioneer women of {LOC} kept the letters
"""

ENDINGS = """
, {PER} said
, said {job} {PER}
, {ANY:PER} told {BODY}
, {ANY:ORG} said in a statement
, according to {BODY}
, after a report by {PER} of {BODY}
, the {ADJ} news agency reported from {LOC}
, to the surprise of {ANY:PER} and his friends
, where {FIRM} employs {n} people
, which pleased nobody in {ANY:LOC}
, while {ANY:ORG} lost {money}
, while {ANY:LOC} slept
, while {ANY:PER} laughed
, but {SURNAME:PER} did not answer
, but {TEAM:ORG} will appeal
, a day before the {MISC}
, and {ANY:LOC} celebrated until morning
, and {ANY:ORG} shareholders paid the bill
, and {ANY:PER} paid the bill
 on {day}
 in {month} {year}
 near {TOWN}
 for the first time in {years} years
 without asking {BODY}
 at the request of {ANY:ORG}
 in front of {PER} and a few cats
"""

WORDS = {
    "day": "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday",
    "month": "January|February|March|April|May|June|July|August|September|October|November|December",
    "title": "Mr|Mrs|Ms|Dr|Judge|Senator|President|Professor|Captain",
    "job": "fisherman|lawyer|coach|banker|nurse|economist|striker|mayor|biologist|spokeswoman|violinist"
    "|trader",
}
"""Unmarked words; years, numbers and sums are made."""
