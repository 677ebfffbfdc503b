"""Runs `ringfence diff`, adds what it says to the summary of the job, and keeps one comment on the pull request up to date.

A pull request from a fork has a token that may not write: it gets the summary alone. What is compared with comes from the event, whose
names are never handed to a shell.
"""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

# By which the comment is found again.
MARKER = "<!-- ringfence diff -->"
# GitHub takes no longer comment.
LONGEST_COMMENT = 65_000
LARGEST_SUMMARY = 1_000_000
# So many comments are looked through.
MOST_PAGES = 30


def warn(message: str) -> None:
    print(f"::warning title=ringfence::{message}", flush=True)


def event() -> dict:
    path = os.environ.get("GITHUB_EVENT_PATH")
    if not path or not Path(path).is_file():
        return {}
    found = json.loads(Path(path).read_text(encoding="utf-8"))
    return found if isinstance(found, dict) else {}


def base_of(found: dict) -> "str | None":
    """What to compare with; None for where the branch began."""
    request = found.get("pull_request")
    base = request["base"]["sha"] if request else found.get("before")
    # A branch that is new has nothing before it.
    return base if isinstance(base, str) and base.strip("0") else None


def shortened(text: str, most: int) -> str:
    if len(text.encode()) <= most:
        return text
    kept = text.encode()[:most].decode(errors="ignore").rpartition("\n")[0]
    # What is cut off may have left a block of code open.
    if kept.count("\n```") % 2:
        kept += "\n```"
    return kept + "\n\n... and more: `ringfence diff` has everything.\n"


class Comments:
    """The comments of a pull request."""

    def __init__(self, repository: str, number: int, token: str) -> None:
        api = os.environ.get("GITHUB_API_URL", "https://api.github.com")
        self.of_repository, self.number, self.token = f"{api}/repos/{repository}/issues", number, token

    def ask(self, method: str, url: str, body: "dict | None" = None) -> object:
        request = urllib.request.Request(
            url,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {self.token}",
                "Accept": "application/vnd.github+json",
                "Content-Type": "application/json",
                "X-GitHub-Api-Version": "2022-11-28",
            },
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def ours(self) -> "int | None":
        """The comment of a run before. Whoever else writes the marker is a person."""
        for page in range(1, MOST_PAGES + 1):
            found = self.ask("GET", f"{self.of_repository}/{self.number}/comments?per_page=100&page={page}")
            for comment in found:
                if comment["user"]["type"] == "Bot" and (comment["body"] or "").startswith(MARKER):
                    return comment["id"]
            if len(found) < 100:
                return None
        return None

    def put(self, text: str, is_news: bool) -> None:
        """Writes the comment anew. There is none where there never was anything to say."""
        ours = self.ours()
        body = {"body": f"{MARKER}\n{text}"}
        if ours is not None:
            self.ask("PATCH", f"{self.of_repository}/comments/{ours}", body)
        elif is_news:
            self.ask("POST", f"{self.of_repository}/{self.number}/comments", body)


def comment(found: dict, token: str, text: str, is_news: bool) -> None:
    request = found.get("pull_request")
    if not request or not token:
        return
    head, base = request["head"].get("repo"), request["base"]["repo"]
    if not head or head["full_name"] != base["full_name"]:
        print("a pull request from a fork gets no comment; the summary of the job has the differences", flush=True)
        return
    try:
        Comments(base["full_name"], int(request["number"]), token).put(text, is_news)
    except urllib.error.HTTPError as error:
        hint = "; the job needs `pull-requests: write`" if error.code in (403, 404) else ""
        warn(f"the pull request got no comment: GitHub answered {error.code}{hint}")
    except (urllib.error.URLError, TimeoutError) as error:
        warn(f"the pull request got no comment: {str(error)!a}")


def main() -> None:
    # Beside this interpreter, where `install.py` put it: looked for on the PATH, it could be a file of the project.
    ringfence = str(Path(sys.executable).parent / "ringfence")
    token = os.environ.pop("INPUT_TOKEN", "")
    found = event()
    base = base_of(found)
    options = [f"--config={line.strip()}" for line in os.environ.get("INPUT_CONFIG", "").splitlines() if line.strip()]
    command = [ringfence, "diff", "--quiet", "--output-format=markdown", *options, *(["--", base] if base else [])]
    run = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False)
    if run.returncode != 0:
        hint = "; does the checkout have `fetch-depth: 0`?" if base else ""
        warn(f"nothing is said of what changed: `ringfence diff` ended with {run.returncode}{hint}")
        return
    text = run.stdout.decode(errors="replace")
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if summary:
        with open(summary, "a", encoding="utf-8") as file:
            file.write(shortened(text, LARGEST_SUMMARY // 2))
    comment(found, token, shortened(text, LONGEST_COMMENT), is_news=text.count("\n") > 1)


if __name__ == "__main__":
    main()
