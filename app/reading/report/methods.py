"""The sections before and after the results: methods, audit, verification, limits, checklists."""

from app.reading.ratings import CompletedReading
from app.reading.report.document import Section, Table, Text
from app.reading.report.words import NONE, counted, number, p_value
from app.reading.statistics.analysis import Analysis

#: What a reading should state, in the order of the report. A missing one is said to be missing.
STATEMENTS = (
    "Question",
    "Generator",
    "Real images",
    "Preprocessing",
    "Readers",
    "Training and feedback",
    "Display and environment",
    "Task and scale",
    "What readers were told",
    "Order and sessions",
    "Exclusions and interruptions",
    "Sample size",
    "Registration",
    "Data and code",
)
ACROSS = 7  #: facts of a reader beside each other, as a page of paper is wide
REFERENCES = (
    "Obuchowski NA, Rockette HE. Commun Stat Simul Comput 1995;24:285.",
    "Hillis SL. A comparison of denominator degrees of freedom methods. Stat Med 2007;26:596.",
    "Hillis SL, Obuchowski NA, Schartz KM, Berbaum KS. Stat Med 2005;24:1579.",
    "Dorfman DD, Berbaum KS, Metz CE. Invest Radiol 1992;27:723.",
    "DeLong ER, DeLong DM, Clarke-Pearson DL. Biometrics 1988;44:837.",
    "Gallas BD. One-shot estimate of MRMC variance: AUC. Acad Radiol 2006;13:353.",
    "Gallas BD, Bandos A, Samuelson FW, Wagner RF. Commun Stat Theory Methods 2009;38:2586.",
    "Obuchowski NA, Gallas BD, Hillis SL. Acad Radiol 2012;19:1508.",
    "Schuirmann DJ. J Pharmacokinet Biopharm 1987;15:657.",
    "Holm S. Scand J Stat 1979;6:65.",
    "Gwet KL. Br J Math Stat Psychol 2008;61:29.",
    "McGraw KO, Wong SP. Psychol Methods 1996;1:30.",
    "Hautus MJ. Behav Res Methods 1995;27:46.",
    "Cameron AC, Gelbach JB, Miller DL. J Bus Econ Stat 2011;29:238.",
    "Korkinof D et al. Radiol Artif Intell 2021;3:e190181.",
)


def methods(reading: CompletedReading, found: Analysis) -> Section:
    """Return the methods: what was stated, then the statistics."""
    stated: list[Text | Table] = [
        Text(heading=name, text=reading.statements[name])
        if reading.statements.get(name)
        else Text(heading=name, text="Not stated.", kind="caution")
        for name in STATEMENTS
    ]
    others = [
        Text(heading=name, text=text)
        for name, text in reading.statements.items()
        if name not in STATEMENTS and name != "Limits"
    ]
    blocks = [*stated, *others, *_reader_facts(reading), *_statistics(reading, found)]
    return Section(title="Methods", blocks=blocks)


def _reader_facts(reading: CompletedReading) -> list[Table]:
    """Return the table of what readers said of themselves and their screens."""
    rows = {
        name: ({"group": facts.group} if facts.group else {}) | dict(facts.statements)
        for name, facts in reading.readers.items()
    }
    keys = list(dict.fromkeys(key for facts in rows.values() for key in facts))
    return [
        Table(
            name=f"reader-facts-{1 + start // ACROSS}",
            caption="Readers, as they described themselves and their screens.",
            columns=("Reader", *(key.capitalize() for key in part)),
            rows=[(name, *(facts.get(k, NONE) for k in part)) for name, facts in rows.items()],
            left=len(part) + 1,
        )
        for start in range(0, len(keys), ACROSS)
        for part in [keys[start : start + ACROSS]]
    ]


def _statistics(reading: CompletedReading, found: Analysis) -> list[Text]:
    data, level = found.data, round(100 * (1 - reading.alpha))
    several = len(data.readers) > 1
    who = "readers and cases as random" if several else "the reader as fixed and cases as random"
    main = (
        f"The positive class is “{reading.positive}”. The main endpoint is the area under the "
        f"empirical ROC curve (AUC), {'averaged over readers' if several else 'of the one reader'}"
        f", estimated with {who} (Obuchowski-Rockette, DeLong covariances, Hillis' degrees of "
        f"freedom); U-statistics (Gallas) stand beside it. Intervals are at {level}%, tests "
        f"two-sided; p values of single readers are adjusted by Holm's method."
    )
    if reading.margin is not None:
        main += (
            f" Equivalence to guessing is tested by two one-sided tests at {reading.alpha:g} "
            f"with a margin of {reading.margin:g} around an AUC of 0.5."
        )
    calls = f"Calls of {reading.positive} are the readers' own yes/no answers."
    if "not used" not in data.threshold_from:
        calls = (
            f"An image counts as called {reading.positive} when rated above {data.threshold:g} "
            f"({data.threshold_from})."
        )
    texts = [Text(heading="Statistics", text=f"{main} {calls}")]
    if reading.margin is not None:
        texts.append(
            Text(heading="Reason for the margin", text=reading.margin_reason)
            if reading.margin_reason
            else Text(heading="Reason for the margin", text="Not stated.", kind="caution")
        )
    return texts


def audit(reading: CompletedReading, found: Analysis) -> Section | None:
    """Return the leak audit; a report without one says so."""
    if not reading.audit:
        words = "No leak audit came with these ratings: file properties may have told the truth."
        return Section(title="Leak audit", blocks=[Text(text=words, kind="caution")])
    rows = [
        (
            row.channel,
            "perceptual" if row.perceptual else "not perceptual",
            number(row.auc),
            p_value(row.p),
            row.verdict + (f"; waived: {row.waiver}" if row.waiver else ""),
        )
        for row in reading.audit
    ]
    table = Table(
        name="leak-audit",
        caption=(
            "How well each property alone tells truth (AUC with permutation p). Only properties "
            "a reader cannot see are gated."
        ),
        columns=("Property", "Kind", "AUC", "p", "Verdict"),
        rows=rows,
        left=2,
    )
    return Section(title="Leak audit", blocks=[table])


def verification(reading: CompletedReading, found: Analysis) -> Section | None:
    """Return what `verify` found; a report without it says so."""
    if reading.verification is None:
        words = "These ratings come from a table: no protocol, chain or key could be verified."
        if reading.simulated:
            words = "The answers are simulated: there is no protocol, chain or key to verify."
        return Section(title="Verification", blocks=[Text(text=words, kind="caution")])
    rows = [(check, "held" if held else "BROKEN") for check, held in reading.verification.checks]
    state = "All checks held." if reading.verification.intact else "A check did not hold."
    kind = "plain" if reading.verification.intact else "caution"
    table = Table(
        name="verification",
        caption="Checks of protocol, answers and key.",
        columns=("Check", "Result"),
        rows=rows,
        left=2,
    )
    return Section(title="Verification", blocks=[Text(text=state, kind=kind), table])


def limits(reading: CompletedReading, found: Analysis) -> Section:
    """Return the limits stated, and those the data show by themselves."""
    data, words = found.data, []
    if reading.simulated:
        words.append("All answers are simulated; nothing here is evidence about images or readers.")
    if len(data.readers) == 1:
        words.append("With one reader the results hold for this reader only.")
    elif len(data.readers) < 6:
        words.append(
            f"{counted(len(data.readers), 'reader')}: with fewer than six the random-reader test "
            "is mildly liberal, and readers who differ widely cannot be averaged precisely."
        )
    if min(data.positive_cases, data.negative_cases) < 30:
        words.append("Fewer than 30 images of a class: intervals of single readers are wide.")
    if data.missing:
        words.append(
            f"{counted(data.missing, 'rating')} missing; analyses use the ratings there are, "
            "which is unbiased only if they are missing at random."
        )
    unread = {row.reader for row in found.readers if row.auc.value == 1}
    if unread:
        words.append("A reader separated the classes perfectly: no interval can be given there.")
    words.append(
        "A real-or-generated reading says nothing about diversity, memorised training images or "
        "clinical usefulness; it does not replace distances between distributions."
    )
    stated = reading.statements.get("Limits")
    if stated:
        words.insert(0, stated)
    return Section(title="Limits", blocks=[Text(text=w) for w in words])


#: Topic, items of STARD 2015 (extended by STARD-AI), CLAIM 2020 and GRRAS, place in this report.
CROSSWALK = (
    ("Title and summary", "1, 2", "1, 2", "1", "Title, Summary"),
    ("Question and hypotheses", "3, 4", "4, 6", "5", "Methods: Question"),
    ("Design registered before reading", "5, 28, 29", "5, 40, 41", "-", "Methods: Registration"),
    ("Source and selection of images", "6 to 9", "7, 8", "3, 7", "Methods: Real images, Generator"),
    ("Preprocessing", "10a", "9", "8", "Methods: Preprocessing; Leak audit"),
    ("Reference standard (truth by origin)", "10b, 11", "14, 15", "-", "Methods: Generator"),
    ("Readers", "10a", "16", "4", "Methods: Readers; Table of readers"),
    ("Task, scale, threshold", "12a", "17", "2, 8", "Methods: Task and scale"),
    ("Blinding and independence", "13a", "-", "9", "Methods: What readers were told; Leak audit"),
    ("Statistics", "14, 17", "28, 29", "10", "Methods: Statistics"),
    ("Missing and interrupted answers", "15, 16", "13", "11", "Methods: Exclusions; Limits"),
    ("Sample size", "18", "19", "6", "Methods: Sample size"),
    ("Numbers read", "19, 20", "33, 34", "11, 12", "Results"),
    ("Estimates with precision", "23, 24", "35, 36", "13", "Results"),
    ("Failures and cues used", "-", "37", "-", "Results: images, artefacts"),
    ("Limits", "26", "38", "14", "Limits"),
    ("Data and code", "-", "-", "15", "Methods: Data and code; files of this report"),
)


def checklists(reading: CompletedReading, found: Analysis) -> Section:
    """Return where the items of the reporting checklists are found."""
    table = Table(
        name="checklists",
        caption=(
            "Where this report answers reporting checklists: STARD (items as in 2015, extended by "
            "STARD-AI), CLAIM (items as in 2020), GRRAS."
        ),
        columns=("Topic", "STARD", "CLAIM", "GRRAS", "Here"),
        rows=list(CROSSWALK),
        left=5,
    )
    return Section(title="Checklist crosswalk", blocks=[table])


def references(reading: CompletedReading, found: Analysis) -> Section:
    """Return the sources of the methods."""
    return Section(title="References", blocks=[Text(text=text) for text in REFERENCES])
