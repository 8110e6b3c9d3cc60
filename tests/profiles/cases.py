"""Writes cases.json: what Python's configparser, which the vendor's SDKs use, reads from profiles.

python3 tests/profiles/cases.py > tests/profiles/cases.json
"""

import configparser
import json

PROFILES = [
    "[basic]\nproject_id = p\niam_endpoint = i\n",
    "[basic]\nPROJECT_ID = p\nIam_Endpoint = i\n",
    "[basic]\nproject_id: p\niam_endpoint:i\n",
    "[basic]\r\nproject_id = p\r\niam_endpoint = i\r\n",
    "[basic]\rproject_id = p\riam_endpoint = i",
    "[basic]  \nproject_id=p\n",
    "[basic] # comment\nproject_id=p\n",
    "  [basic]\nproject_id=p\n",
    "[BASIC]\nproject_id=p\n",
    "[basic]x]\nproject_id=p\n",
    "[]\nproject_id=p\n",
    "[DEFAULT]\nproject_id=d\niam_endpoint=i\n[basic]\nproject_id=p\n",
    "[DEFAULT]\nproject_id=d\n",
    "[DEFAULT]\nproject_id=d\n[basic]\n[DEFAULT]\niam_endpoint=i\n",
    "# comment\n; comment\n\n[basic]\n  # comment\nproject_id=p\n;comment\niam_endpoint=i\n",
    "[basic]\nproject_id=p # no comment\niam_endpoint=i ; no comment\n",
    "[basic]\nproject_id=p\n  more\niam_endpoint=i\n",
    "[basic]\nproject_id=p\n\n  more\niam_endpoint=i\n",
    "[basic]\nproject_id=p\n  # comment\n  more\niam_endpoint=i\n",
    "[basic]\nproject_id=\n  p\niam_endpoint=i\n",
    "[basic]\n  project_id=p\n  iam_endpoint=i\n",
    "[basic]\nproject_id=p\n    iam_endpoint=i\n",
    "[basic]\n    project_id=p\n  iam_endpoint=i\n",
    "[basic]\nproject_id=p=1\niam_endpoint=i:2\n",
    "[basic]\nproject_id:p=1\niam_endpoint = https://i:443/?a=b\n",
    "[basic]\nproject_id=\"p\"\niam_endpoint='i'\n",
    "[basic]\nproject_id=p\nproject_id=q\n",
    "[basic]\nproject_id=p\nPROJECT_ID=q\n",
    "[basic]\nproject_id=p\n[basic]\niam_endpoint=i\n",
    "[basic]\nproject_id\niam_endpoint=i\n",
    "[basic]\nproject_id=\niam_endpoint=i\n",
    "[basic]\n = p\nproject_id=p\n",
    "project_id=p\n",
    "",
    "[other]\nno key and value\n[basic]\nproject_id=p\n",
    "[other]\nproject_id=o\n[basic]\nproject_id=p\n[another]\nproject_id=a\n",
    "[basic]\nproject_id=p%%q\n",
    "[basic]\nproject_id=%(iam_endpoint)s-p\niam_endpoint=i\n",
    "[basic]\nproject_id=%(IAM_endpoint)s%%%(iam_endpoint)s\niam_endpoint=i\n",
    "[DEFAULT]\nhost=h\n[basic]\niam_endpoint=https://%(host)s/\n",
    "[basic]\nproject_id\t=\tp\t\n",
    "[basic]\nproject_id=\u00a0p\u00a0\n",
    "[basic]\nproject id = o\nproject_id=p\n",
    "[basic]\nproject_id=p\u2028iam_endpoint=j\niam_endpoint=i\n",
]


def read(profile):
    # Like a file that is opened in text mode.
    text = profile.replace("\r\n", "\n").replace("\r", "\n")
    parser = configparser.ConfigParser()
    try:
        parser.read_string(text)
        values = dict(parser.items("basic"))
    except configparser.Error:
        return None
    return {key: values[key] for key in ("project_id", "iam_endpoint") if values.get(key)}


print(json.dumps([{"profile": profile, "values": read(profile)} for profile in PROFILES], indent=2))
