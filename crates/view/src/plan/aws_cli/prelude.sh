AWS=${AWS:-aws}
PYTHON=${PYTHON:-python3}
export AWS_PAGER=
replace=no
shorten_retention=no
for argument; do
  case $argument in
    --replace) replace=yes ;;
    --shorten-retention) shorten_retention=yes ;;
    *)
      printf 'usage: %s [--replace] [--shorten-retention]\n' "$0" >&2
      exit 2
      ;;
  esac
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

say() { printf '%s\n' "$*"; }

fail() {
  printf 'stopped: %s\n' "$*" >&2
  exit 1
}

for program in "$AWS" "$PYTHON"; do
  command -v "$program" >/dev/null || fail "there is no $program"
done

# Takes the role $1, with the external id $2 if there is one, for what follows in the same block.
assume() {
  credentials='Credentials.[AccessKeyId,SecretAccessKey,SessionToken]'
  if [ -n "$2" ]; then
    answer=$("$AWS" sts assume-role --region "$region" --role-arn "$1" --external-id "$2" \
      --role-session-name "flowcover-$PLAN" --query "$credentials" --output text)
  else
    answer=$("$AWS" sts assume-role --region "$region" --role-arn "$1" \
      --role-session-name "flowcover-$PLAN" --query "$credentials" --output text)
  fi
  set -f
  # Three words; none of them holds a space.
  # shellcheck disable=SC2086
  set -- $answer
  set +f
  [ $# -eq 3 ] || fail 'assume-role gave no credentials'
  export AWS_ACCESS_KEY_ID="$1" AWS_SECRET_ACCESS_KEY="$2" AWS_SESSION_TOKEN="$3"
  unset AWS_PROFILE AWS_DEFAULT_PROFILE
}

# Takes the profile $1 for what follows in the same block.
use_profile() {
  unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
  export AWS_PROFILE="$1"
}

expect_account() {
  account=$("$AWS" sts get-caller-identity --region "$region" --query Account --output text)
  [ "$account" = "$1" ] || fail "these are credentials of account $account, not of $1"
}

# Runs a command; the error with the code $1 counts as an empty answer.
unless_missing() {
  code=$1
  shift
  if "$AWS" "$@" >"$work/answer" 2>"$work/errors"; then
    cat "$work/answer"
  elif ! grep -q "($code)" "$work/errors"; then
    cat "$work/errors" >&2
    return 1
  fi
}

# role_tag ROLE KEY
role_tag() {
  unless_missing NoSuchEntity iam list-role-tags --region "$region" --role-name "$1" \
    --query "Tags[?Key=='$2'].Value | [0]" --output text
}

# log_group_tag ARN KEY
log_group_tag() {
  unless_missing ResourceNotFoundException logs list-tags-for-resource --region "$region" \
    --resource-arn "$1" --query "tags.\"$2\"" --output text
}

# bucket_tag BUCKET KEY
bucket_tag() {
  unless_missing NoSuchTagSet s3api get-bucket-tagging --region "$region" --bucket "$1" \
    --query "TagSet[?Key=='$2'].Value | [0]" --output text
}

# What flowcover mends, a run of it has made, in the step $4: must_be_ours NAME RUN-TAG STEP-TAG STEP
must_be_ours() {
  case $2 in
    '' | None) fail "$1 does not carry the tag flowcover:run: it is not flowcover's" ;;
  esac
  [ "$3" = "$4" ] || fail "$1 does not carry the tag flowcover:step with the value $4: it is not flowcover's"
}

# flow_logs_by QUERY FILTERS: one value after the other.
flow_logs_by() {
  "$AWS" ec2 describe-flow-logs --region "$region" --filter "$2" --query "$1" --output text
}

# Filters for the flow logs of this plan that the step $1 made.
made_by() {
  printf '[{"Name":"tag:flowcover:plan","Values":["%s"]},{"Name":"tag:flowcover:step","Values":["%s"]}]' "$PLAN" "$1"
}

# make_flow_logs STEP RESOURCES EXISTING OPTION…: makes those that an earlier run of this script did not
# make. A fresh role cannot be assumed at once: for that, and only for that, it waits.
make_flow_logs() {
  step=$1 resources=$2 existing=$3
  shift 3
  made=$(flow_logs_by 'FlowLogs[].[ResourceId,FlowLogId]' "$(made_by "$step")")
  made=" $(printf '%s' "$made" | tr '\t\n' '  ') "
  missing=
  values=
  for id in $resources; do
    case $made in
      *" $id "*) say "  flow log of $id: made before" ;;
      *) missing="$missing $id" ;;
    esac
    values="$values,\"$id\""
  done
  [ -n "$missing" ] || return 0
  found=$(flow_logs_by 'FlowLogs[].FlowLogId' "[{\"Name\":\"resource-id\",\"Values\":[${values#,}]}]")
  for id in $found; do
    case "$made $existing None " in
      *" $id "*) ;;
      *) fail "flow log $id was not there when the plan was made" ;;
    esac
  done
  tries=0
  # The ids are to be words of their own.
  # shellcheck disable=SC2086
  until "$AWS" ec2 create-flow-logs --region "$region" --resource-ids $missing "$@" \
    --query 'Unsuccessful[].[ResourceId,Error.Code,Error.Message]' --output text \
    >"$work/answer" 2>"$work/errors"; do
    tries=$((tries + 1))
    if ! grep -q 'Unable to assume given IAM role' "$work/errors" || [ "$tries" -ge 24 ]; then
      cat "$work/errors" >&2
      fail "no flow log was made for$missing"
    fi
    sleep 5
  done
  if grep -q '[^[:space:]]' "$work/answer" && ! grep -qx None "$work/answer"; then
    cat "$work/answer" >&2
    fail "some flow logs of$missing were not made"
  fi
}

# deliver STEP COUNT: whether all flow logs of the step exist, and AWS says that they deliver.
deliver() {
  states=$(flow_logs_by 'FlowLogs[].[DeliverLogsStatus,DeliverLogsErrorMessage]' "$(made_by "$1")") || return 1
  good=$(printf '%s\n' "$states" | grep -cE '^SUCCESS[[:space:]]+None$') || true
  [ "$good" -eq "$2" ] && return 0
  say "  $good of $2 flow logs of $1 deliver yet"
  return 1
}

# delete_flow_logs ID…: those that are still there.
delete_flow_logs() {
  values=$(printf ',"%s"' "$@")
  found=$(flow_logs_by 'FlowLogs[].FlowLogId' "[{\"Name\":\"flow-log-id\",\"Values\":[${values#,}]}]")
  case $found in
    '' | None)
      say '  deleted before'
      return 0
      ;;
  esac
  # The ids are to be words of their own.
  # shellcheck disable=SC2086
  "$AWS" ec2 delete-flow-logs --region "$region" --flow-log-ids $found \
    --query 'Unsuccessful[].[ResourceId,Error.Code,Error.Message]' --output text >"$work/answer"
  if grep -q '[^[:space:]]' "$work/answer" && ! grep -qx None "$work/answer"; then
    cat "$work/answer" >&2
    fail 'some flow logs were not deleted'
  fi
}

# policy COMMAND ARGUMENT…: compares and merges policies.
policy() {
  "$PYTHON" "$work/policy.py" "$@"
}
cat >"$work/policy.py" <<'PYTHON'
import json
import sys


def plain(value):
    """A form in which what AWS takes for the same is the same."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        items = [plain(item) for item in value]
        if len(items) == 1:
            return items[0]
        return sorted(items, key=lambda item: json.dumps(item, sort_keys=True))
    return value


def same(one, other):
    """Exits with 0 if both are the same policy; an empty text is no policy."""
    read = [plain(json.loads(text)) if text.strip() else None for text in (one, other)]
    sys.exit(0 if read[0] == read[1] else 1)


def merge(path, sid, statement, before):
    """Puts a statement beside those that stand in the file; 3: it stands there already."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    policy = json.loads(text) if text.strip() else {"Version": "2012-10-17", "Statement": []}
    statements = policy["Statement"]
    statements = statements if isinstance(statements, list) else [statements]
    ours = [item for item in statements if item.get("Sid") == sid]
    wanted = json.loads(statement)
    if [plain(item) for item in ours] == [plain(wanted)]:
        sys.exit(3)
    expected = [plain(json.loads(before))] if before else []
    if [plain(item) for item in ours] != expected:
        sys.exit(f"stopped: the statement {sid} is not as it was when the plan was made")
    others = [item for item in statements if item.get("Sid") != sid]
    policy["Statement"] = others + [wanted]
    with open(path, "w", encoding="utf-8") as file:
        json.dump(policy, file)


{"same": same, "merge": merge}[sys.argv[1]](*sys.argv[2:])
PYTHON

bucket_policy() {
  unless_missing NoSuchBucketPolicy s3api get-bucket-policy --region "$region" --bucket "$1" \
    --query Policy --output text
}

# add_statement BUCKET SID STATEMENT BEFORE: S3 has no conditional write of a policy, so that one that
# somebody writes between reading and writing is lost. The time between is kept short.
add_statement() {
  bucket_policy "$1" >"$work/bucket-policy.json"
  code=0
  policy merge "$work/bucket-policy.json" "$2" "$3" "$4" || code=$?
  case $code in
    0) "$AWS" s3api put-bucket-policy --region "$region" --bucket "$1" --policy "file://$work/bucket-policy.json" ;;
    3)
      say '  made before'
      return 0
      ;;
    *) exit 1 ;;
  esac
  bucket_policy "$1" >"$work/read-back.json"
  code=0
  policy merge "$work/read-back.json" "$2" "$3" "$4" || code=$?
  [ "$code" -eq 3 ] || fail "the policy of $1 does not hold the statement after it was written"
}
