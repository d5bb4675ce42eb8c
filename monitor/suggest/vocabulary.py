"""Which words make a sentence an official matter, and which make it an opinion, an advice or a story.

These are the general words of guides about immigration; the names of programs and streams come from the configuration
and from the known facts.
"""

import re

from monitor.pages.wording import word_set

_NOUNS = (
    r"fees?|costs?|charges?|biometrics|fingerprints?|medical exams?|permits?|visas?|eTA|nominations?|"
    r"nominees?|LMIAs?|CRS|CLB|NCLC|"
    r"NOC|TEER|Express Entry|profiles?|expressions? of interest|EOI|invitations?|draws?|rounds?|notifications?|"
    r"streams?|"
    r"programs?|categor(?:y|ies)|pathways?|pilots?|pillars?|classes|applications?|registrations?|language (?:tests?|"
    r"results?|levels?|requirements?)|test results?|settlement funds|proof of funds|funds|job offers?|work experience|"
    r"experience|level of education|degrees?|diplomas?|credentials?|credential assessments?|ECA|certificates?|points?|"
    r"scores?|cut-?offs?|candidates|applicants?|permanent residen\w+|citizenship|processing|work permits?|employers?|"
    r"wages?|salary|salaries|occupations?|codes?|lists?|pool|selection|eligib\w+|requirements?|"
    r"quotas?|allocations?|deadlines?|PNP|RPRF|study|studies|working hours|off-campus|spouses?|sponsor\w*|pass mark|"
    r"requests? for review|extensions?|renewals?|regulated|licen[cs]\w+|positions?|tests?|language|partners?|"
    r"children|dependan?ts?|parents|"
    r"passports?|medical exam\w*|family members?|education|sponsorship|police certificates?|documents?|interviews?|"
    r"TEF|TCF|IELTS|CELPIP|PTE|principal applicant|common-law|spouses|attestation letters?|off campus|enrolled|"
    r"exchange students|insurance|penalt(?:y|ies)|refunds?|inspections?|advertis\w+|super visas?|grandparents|"
    r"full-time|part-time|indeterminate|end date|offers?|conditions|maintained status|recruitment|agreements?|"
    r"evidence|child(?:ren)?|session|graduates?|scheduled breaks?|programmes?|marks|staff"
)
OFFICIAL = re.compile(rf"\b(?:{_NOUNS})\b", re.IGNORECASE)
"""A noun that official pages speak of."""

_VIEW = re.compile(
    r"^i (?:used to )?(?:thought|believed|assumed|hoped|expected)\b|\b(?:in our (?:view|opinion|experience|"
    r"files|office|cases?)|if you ask (?:us|me)|we (?:find|think|"
    r"like|love|believe|feel|recommend|"
    r"suggest|prefer)|i (?:find|think|like|love|believe|feel)|honestly|frankly|arguably|luckily|sadly|good luck|"
    r"obvious choice|should have|too (?:short|long|slow|late|little) to|short-sighted|a pity|unfair|"
    r"half the battle|worth it|of your life|rule of thumb|no wonder|dream)\b",
    re.IGNORECASE,
)
_PRAISE = re.compile(
    r"\b(?:fastest|easiest|quickest|best|finest|smartest|cheapest|friendliest|simplest|attractive|generous|favou?rable|"
    r"competitive|popular|welcom(?:e|ed|ing)|sought-after|friendly|kind(?:er|est)|hard(?:er|est)?|easi?er|easy|tough|"
    r"exciting|amazing|great|wonderful|golden|strong(?:er|est)?|booming|growing|fierce|remarkabl[ey]|desperate|classic|"
    r"prettier|realistic|sensible|wise|incredible|opportunit\w+|ideal|perfect\w*|(?<!on )top(?! of)|excellent|"
    r"powerful|seamless|smooth|"
    r"simple|ultimate|unique chance|darling|fantastic|lucrative|promising|crucial|smart)\b",
    re.IGNORECASE,
)
_LOOKED_UP = r"(?:last )?(?:looked|checked|wrote|asked|read)\b"
_STORY = re.compile(
    r"\b(?:one of our|our (?:readers?|neighbou?rs?)|some friends|my (?:friend|cousin|brother|wife|husband|"
    r"colleague|client|"
    r"boss|landlord|neighbou?r|hairdresser)|a (?:friend|reader|client|colleague) of|we (?:have )?met|"
    r"we (?:know(?! of)|knew|helped|wrote|saw(?! (?:was|were)\b))|"
    rf"when i(?! {_LOOKED_UP})|i (?:was|had(?! to\b)|got|moved|applied|"
    r"met))\b",
    re.IGNORECASE,
)
_THAT_LEAD = re.compile(
    r"^(?:i (?:used to )?(?:thought|think|believed|believe|assumed|hoped|expected)\b[^:;]*?(?:[:;]|, but)|"
    r"please |also |but |and |so )?(?:the (?:good|bad|best|worst|less good) (?:news|thing|part) (?:is|was)|"
    r"keep in mind|remember|note|be aware|bear in mind|don't forget|do not forget|"
    r"be careful)(?: also)?(?: that|:|,)?\s+",
    re.IGNORECASE,
)
_ADVICE = re.compile(
    r"^(?:(?:first|then|so|and|also|always|never|please|before [^,]+,|after [^,]+,|once [^,]+,|if [^,]+,|"
    r"when [^,]+,|while "
    r"[^,]+,),?\s+)*(?:don't|do not|do|start|make|keep|check|give|plan|budget|choose|pick|look|ask|sleep|bring|read|"
    r"get|"
    r"put|take|open|find|follow|use|be|build|collect|compare|save|set|sign|talk|call|write|try|consider|avoid|stay|"
    r"think"
    r"|expect|prepare|remember|order|book|learn|visit|know|let|go|come|see|show|say|send|tell|wait|watch|update|print|"
    r"order|practise|practice|create|claim|double-check|work out|add up|apply|register|submit|upload)\s+(?!fees?\b|"
    r"in\b)",
    re.IGNORECASE,
)
_MUST = re.compile(
    r"\b(?:you|they|applicants?|candidates?|employers?) (?:\w+ )?(?:must|need|have to|has to)\b", re.IGNORECASE
)

_VAGUE = re.compile(
    r"^(?:many|plenty|lots|whether)\b|\b(?:probably|unlikely|likely|perhaps|maybe)\b|"
    r"\b(?:many|most|some|few|plenty of|lots of|thousands of|half of|dozens of) (?:\w+ ){0,2}?(?:people|employers|"
    r"readers|applicants|"
    r"candidates|members|clients|friends|neighbou?rs|visitors|callers|newcomers|families|firms|owners|"
    r"graduates|workers|nurses|students|of (?:us|you))\b"
    r"(?! (?:must|need|have to|has to|may not)\b)|\btend(?:s)? to\b|"
    r"\b(?:can|may|might|could) (?:feel|be (?:slow|long|hard|tricky|frustrating|confusing|expensive|overwhelming|"
    r"stressful))\b|"
    r"\b(?:feels?|felt|hope|hopes|patien\w+|nerves?|luck\w*|stress\w*|overwhelm\w+|confus\w+|surpris\w+|worth|"
    r"regret\w*|"
    r"sooner or later|nobody|everybody|somebody|depends on your|your (?:goals|situation|patience|luck)|"
    r"what follows|take ages|this (?:guide|article|page|post|chapter|section)|you will (?:see|find|learn|hear|"
    r"feel|thank|"
    r"need patience)|"
    r"journey|"
    r"mountain|coffee|forever|snow|winter coat|rent|rents)\b|\b(?:sometimes|the other way)\b|\b(?:worse|better|kinder|"
    r"easier|harder|smaller|larger|bigger|heavier|"
    r"cheaper|faster|slower) than\b|\bfar (?:smaller|larger|better|worse|easier|harder)\b|\b(?:than|"
    r"in) the (?:\w+ )?years before\b",
    re.IGNORECASE,
)
_PERSONAL = re.compile(
    r"\b(?:i(?! (?:needed|had to|have to|must)\b)|we|"
    r"(?<!told )(?<!tells )(?<!tell )(?<!wants )(?<!asks )(?<!requires )(?:us|me)|"
    r"our(?! (?:employees?|workers?|offices?|company|staff|codes?))|my)\b(?! know of\b)",
    re.IGNORECASE,
)
_PAST_YOU = re.compile(
    r"^(?:so |and |now )?you (?:came|have (?:had|been|decided|made|packed)|are (?:here|ready)|run|want|dream)\b",
    re.IGNORECASE,
)

COMMON = word_set("""
    point points stream streams program programs application applications occupation occupations category
    categories experience candidate candidates employer employers score scores clb teer noc crs position
    positions list lists pool fee fees cost costs draw draws round rounds degree study studies level wage wages
    class selection requirement requirements job jobs code codes
""")
"""Official nouns that stand in nearly every official text; alone they tell nothing."""

NEGATED = re.compile(
    r"\b(?:no longer|not|n't|no|never|without|neither|nor|cannot|none|stopped|ended|closed|removed|abolished|paused|"
    r"suspended|shut|refus\w+|free)\b|n't\b",
    re.IGNORECASE,
)
"""Words that turn a statement round; two texts support each other only if both or neither carry one."""

BINDING = re.compile(
    r"\b(?:must|needs?|needed|requir\w+|not have to|no longer|eligible|ineligible|qualif(?:y|ies|ied)|accepted|"
    r"accepts?|"
    r"counts?|counted|towards?|cannot|can't|(?:can|may|will|could)(?: only| not| no longer)? be (?:invited|selected|"
    r"nominated|refused|issued|granted|considered|approved)|refus(?:e|es|ed)|only (?:if|for|when|after|with)|"
    r"(?:rules?|limits?|requirements?|conditions?|caps?) (?:now )?appl(?:y|ies)|do(?:es)? not (?:announce|give|need|"
    r"accept|require|issue|count|provide|take)|asks? for|wants?(?! to\b)|is|are|has to|have to|(?:may|"
    r"must) not|allowed|abolished|"
    r"may (?:keep|continue|go on|stay|work|study|apply|change)|mandatory|compulsory|optional|(?:is|"
    r"are) (?:\w+ )?(?:reviewed|checked|updated|adjusted|kept|returned|"
    r"refunded|charged|"
    r"assessed|published|decided)|"
    r"employer-specific|tied? to|based on|referred|depends? on|guarantee[sd]?|(?:is|are) "
    r"(?:only )?(?:for|open to|reserved for|limited to)|(?:advance|prior|little|no|any) notice|in advance)\b",
    re.IGNORECASE,
)
_WEAK_BINDING = frozenset({"is", "are"})


_REGULATOR = re.compile(
    r"\b(?:College|Order|Society) of [A-Z]|\b(?:[A-Z]\w+ )+(?:Registry|Council)\b|"
    r"\bthe (?:college|regulator|registry)\b|"
    r"\bprofessional order|\bregulatory bod(?:y|ies)\b|\blicen[cs]ed professionals?\b"
)


_IMMIGRATES = re.compile(r"\b(?:invit|nominat|immigra|permit|residen)\w*", re.IGNORECASE)


def is_of_regulator(text: str) -> bool:
    """Whether the sentence tells what a profession's own body asks, on which no immigration office has a word."""
    return _REGULATOR.search(text) is not None and not _IMMIGRATES.search(text)


def is_view(text: str) -> bool:
    """Whether the sentence says how its writer judges, so that no official page could confirm it."""
    return _VIEW.search(text) is not None


def is_story(text: str) -> bool:
    """Whether the sentence tells how it went for somebody: what was paid there may still be an official price."""
    return _STORY.search(text) is not None and not _ASKED_OF.search(text)


def is_praise(text: str) -> bool:
    """Whether the sentence ranks or praises; with no number or name in it that is an opinion."""
    return _PRAISE.search(text) is not None


_ASKED_OF = re.compile(
    r"\b(?:wanted from (?:us|me)|(?:asked|made|wanted|required) (?:us|me) (?:for|to)|(?:we|i|us|me|they|he|"
    r"she) (?:needed|had to|"
    r"have to|must)|we (?:need to|get|may not|cannot|can't|pay|owe|file)|costs us|"
    r"had (?:\w+|\d+) (?:days|weeks|months) to|officially|(?:page|site|website|office) (?:said|says)|on paper|"
    r"we were asked)\b",
    re.IGNORECASE,
)
"""Tells what was asked of the writer, or what the office says: a rule, though a story tells it."""
_WHEN_READ = re.compile(rf"\b(?:when|the day|last time|as of when) (?:i|we) {_LOOKED_UP}", re.IGNORECASE)
"""Says when the statement was looked up, not how it went for the writer."""


def is_vague(text: str) -> bool:
    """Whether the sentence speaks of feelings, of "many people", of itself or of the reader's life."""
    text = _WHEN_READ.sub("", text)
    if _ASKED_OF.search(text):
        return False
    return any(pattern.search(text) for pattern in (_VAGUE, _PERSONAL, _PAST_YOU))


def is_advice(text: str) -> bool:
    """Whether the sentence tells the reader to do something, which no official fact contradicts."""
    return _ADVICE.match(text) is not None and _MUST.search(text) is None


def without_lead(text: str) -> str:
    """The sentence without "Keep in mind that ..." and the like in front of its statement."""
    return _THAT_LEAD.sub("", text)


def is_binding(text: str) -> bool:
    """Whether a sentence says what must, need not, may or cannot be; a bare "is" is not enough."""
    return any(match[0].lower() not in _WEAK_BINDING for match in BINDING.finditer(text))


def is_negated(text: str) -> bool:
    """Whether the statement is turned round an odd number of times."""
    return len(NEGATED.findall(text)) % 2 == 1
