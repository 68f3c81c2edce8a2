"""Reads a template from standard input and prints what is wrong with it: nothing if it is well."""

import sys


def cloudformation(text: str) -> list[str]:
    from cfnlint.api import lint_all

    # What is only information (I…) is a matter of taste.
    return [str(match) for match in lint_all(text) if match.rule.id[0] in "EW"]


def terraform(text: str) -> list[str]:
    import hcl2

    try:
        hcl2.loads(text)
    except Exception as error:
        return [str(error)]
    return []


if __name__ == "__main__":
    look = {"cloudformation": cloudformation, "terraform": terraform}[sys.argv[1]]
    for problem in look(sys.stdin.read()):
        print(problem)
