"""What MinIO's client library for Python does as it comes, one step after the other; run by minio.test.ts (see support/tour.ts)."""

import hashlib
import io
import json
import os
import sys
import tempfile
import traceback
import urllib.request
from datetime import datetime, timedelta, timezone
from urllib.parse import urlsplit

from minio import Minio
from minio.commonconfig import ENABLED, GOVERNANCE, ComposeSource, CopySource, Tags
from minio.datatypes import PostPolicy
from minio.deleteobjects import DeleteObject
from minio.error import S3Error
from minio.objectlockconfig import DAYS, ObjectLockConfig
from minio.retention import Retention
from minio.sse import SseCustomerKey, SseS3
from minio.sseconfig import Rule, SSEConfig
from minio.versioningconfig import VersioningConfig

ENDPOINT = os.environ["TOUR_ENDPOINT"]
BUCKET = "minio-python"
KEY = "a b+ä/漢字 %2F"
MIB = 1024 * 1024
STEPS = []

minio = Minio(
    urlsplit(ENDPOINT).netloc,
    access_key=os.environ["AWS_ACCESS_KEY_ID"],
    secret_key=os.environ["AWS_SECRET_ACCESS_KEY"],
    secure=ENDPOINT.startswith("https:"),
)


def step(function):
    STEPS.append(function)
    return function


def pattern(size):
    return (hashlib.sha256(str(size).encode()).digest() * (size // 32 + 1))[:size]


def put(key, body, **more):
    return minio.put_object(BUCKET, key, io.BytesIO(body), len(body), **more)


def holds(key, expected, **more):
    answer = minio.get_object(BUCKET, key, **more)
    try:
        got = answer.read()
    finally:
        answer.close()
        answer.release_conn()
    assert got == expected, f"{key}: {len(got)} other bytes came back"


def refused(code, call, *arguments):
    try:
        call(*arguments)
    except S3Error as error:
        assert error.code == code, error
        return
    raise AssertionError(f"not refused; expected {code}")


def fetch(url, method="GET", body=None, kind=""):
    request = urllib.request.Request(url, data=body, method=method, headers={"Content-Type": kind})
    with urllib.request.urlopen(request) as response:
        return response.status, response.read()


@step
def buckets():
    """makes, finds and lists a bucket"""
    assert not minio.bucket_exists(BUCKET)
    minio.make_bucket(BUCKET)
    assert minio.bucket_exists(BUCKET)
    assert BUCKET in [bucket.name for bucket in minio.list_buckets()]


@step
def small():
    """puts, finds and gets small and empty objects with metadata"""
    body = pattern(5000)
    made = put(KEY, body, content_type="text/x-test", metadata={"colour": "blue green"})
    assert made.etag == hashlib.md5(body).hexdigest(), made.etag
    found = minio.stat_object(BUCKET, KEY)
    assert (found.size, found.etag, found.content_type) == (5000, made.etag, "text/x-test"), found
    assert found.metadata["x-amz-meta-colour"] == "blue green", found.metadata
    holds(KEY, body)
    holds(KEY, body[10:30], offset=10, length=20)
    put("empty", b"")
    holds("empty", b"")


@step
def parts():
    """puts files and streams of unknown length in parts, and gets files"""
    body = pattern(12 * MIB + 1)
    with tempfile.TemporaryDirectory() as folder:
        up, down = os.path.join(folder, "up"), os.path.join(folder, "down")
        with open(up, "wb") as file:
            file.write(body)
        made = minio.fput_object(BUCKET, "large", up)
        assert made.etag.endswith("-3"), made.etag
        minio.fget_object(BUCKET, "large", down)
        with open(down, "rb") as file:
            assert file.read() == body
    minio.put_object(BUCKET, "stream", io.BytesIO(body), -1, part_size=5 * MIB)
    holds("stream", body)


@step
def lists():
    """lists, flat and by folder, both versions of the call"""
    every = [KEY, "empty", "large", "stream"]
    for first_version in [False, True]:
        names = lambda **more: [entry.object_name for entry in minio.list_objects(BUCKET, use_api_v1=first_version, **more)]
        assert names(recursive=True) == every, names(recursive=True)
        assert sorted(names()) == ["a b+ä/", "empty", "large", "stream"], names()
        assert names(prefix="s") == ["stream"]
    with_metadata = list(minio.list_objects(BUCKET, recursive=True, include_user_meta=True))
    assert [entry.object_name for entry in with_metadata] == every


@step
def copies():
    """copies, and composes of several"""
    minio.copy_object(BUCKET, "copied", CopySource(BUCKET, KEY))
    holds("copied", pattern(5000))
    minio.compose_object(BUCKET, "composed", [ComposeSource(BUCKET, "large"), ComposeSource(BUCKET, "copied")])
    holds("composed", pattern(12 * MIB + 1) + pattern(5000))


@step
def presigned():
    """presigns GET and PUT"""
    time = timedelta(minutes=5)
    assert fetch(minio.presigned_put_object(BUCKET, "link/a b", expires=time), "PUT", b"by link")[0] == 200
    assert fetch(minio.presigned_get_object(BUCKET, "link/a b", expires=time)) == (200, b"by link")


@step
def form():
    """presigns a form"""
    policy = PostPolicy(BUCKET, datetime.now(timezone.utc) + timedelta(minutes=5))
    policy.add_equals_condition("key", "form")
    policy.add_content_length_range_condition(1, 100)
    fields = {"key": "form", **minio.presigned_post_policy(policy), "file": "from a browser"}
    parts = [f'--tour\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()]
    body = ("".join(parts) + "--tour--\r\n").encode()
    assert fetch(f"{ENDPOINT}/{BUCKET}", "POST", body, "multipart/form-data; boundary=tour")[0] == 204
    holds("form", b"from a browser")


@step
def policy():
    """sets, gets and removes a policy"""
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/empty"}
    minio.set_bucket_policy(BUCKET, json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    assert json.loads(minio.get_bucket_policy(BUCKET))["Statement"] == [statement]
    assert fetch(f"{ENDPOINT}/{BUCKET}/empty")[0] == 200
    minio.delete_bucket_policy(BUCKET)
    refused("NoSuchBucketPolicy", minio.get_bucket_policy, BUCKET)


@step
def versions():
    """keeps and lists versions"""
    minio.set_bucket_versioning(BUCKET, VersioningConfig(ENABLED))
    assert minio.get_bucket_versioning(BUCKET).status == ENABLED
    one = put("versioned", b"one")
    put("versioned", b"two")
    minio.remove_object(BUCKET, "versioned")
    holds("versioned", b"one", version_id=one.version_id)
    found = list(minio.list_objects(BUCKET, prefix="versioned", include_version=True))
    assert sorted(entry.is_delete_marker for entry in found) == [False, False, True], found


def tags_of(**some):
    made = Tags.new_object_tags()
    made.update(some)
    return made


@step
def tags():
    """tags objects and buckets"""
    minio.set_object_tags(BUCKET, "stream", tags_of(colour="sky blue"))
    assert minio.get_object_tags(BUCKET, "stream") == {"colour": "sky blue"}
    minio.delete_object_tags(BUCKET, "stream")
    assert not minio.get_object_tags(BUCKET, "stream")
    put("tagged", b"x", tags=tags_of(given="1"))
    assert minio.get_object_tags(BUCKET, "tagged") == {"given": "1"}
    minio.set_bucket_tags(BUCKET, tags_of(team="a"))
    assert minio.get_bucket_tags(BUCKET) == {"team": "a"}
    minio.delete_bucket_tags(BUCKET)
    assert minio.get_bucket_tags(BUCKET) is None


@step
def lock():
    """locks objects"""
    name = BUCKET + "-locked"
    minio.make_bucket(name, object_lock=True)
    version = minio.put_object(name, "kept", io.BytesIO(b"kept"), 4).version_id
    minio.set_object_retention(name, "kept", Retention(GOVERNANCE, datetime.now(timezone.utc) + timedelta(days=1)), version)
    assert minio.get_object_retention(name, "kept", version).mode == GOVERNANCE
    minio.enable_object_legal_hold(name, "kept", version)
    assert minio.is_object_legal_hold_enabled(name, "kept", version)
    minio.disable_object_legal_hold(name, "kept", version)
    refused("AccessDenied", minio.remove_object, name, "kept", version)
    doomed = DeleteObject("kept", version)
    assert not list(minio.remove_objects(name, [doomed], bypass_governance_mode=True))
    # From here on S3 asks for a checksum with each upload, which this library sends over HTTPS only.
    minio.set_object_lock_config(name, ObjectLockConfig(GOVERNANCE, 1, DAYS))
    assert minio.get_object_lock_config(name).mode == GOVERNANCE
    minio.remove_bucket(name)


@step
def encryption():
    """encrypts with a key of the store, and over HTTPS with one of its own"""
    put("sealed", b"secret", sse=SseS3())
    holds("sealed", b"secret")
    minio.set_bucket_encryption(BUCKET, SSEConfig(Rule.new_sse_s3_rule()))
    assert minio.get_bucket_encryption(BUCKET).rule.sse_algorithm == "AES256"
    minio.delete_bucket_encryption(BUCKET)
    if not ENDPOINT.startswith("https:"):
        return
    key = SseCustomerKey(b"0123456789abcdef" * 2)
    put("own key", pattern(9 * MIB), sse=key)
    holds("own key", pattern(9 * MIB), ssec=key)
    refused("InvalidRequest", minio.get_object, BUCKET, "own key")


@step
def errors():
    """gets S3's own errors"""
    refused("NoSuchKey", minio.get_object, BUCKET, "missing")
    refused("NoSuchKey", minio.stat_object, BUCKET, "missing")
    refused("NoSuchBucket", minio.stat_object, "no-such-bucket-here", "missing")
    refused("BucketNotEmpty", minio.remove_bucket, BUCKET)
    refused("NotImplemented", minio.get_bucket_notification, BUCKET)


@step
def remove_all():
    """removes everything"""
    found = minio.list_objects(BUCKET, recursive=True, include_version=True)
    failed = list(minio.remove_objects(BUCKET, [DeleteObject(entry.object_name, entry.version_id) for entry in found]))
    assert not failed, failed
    minio.remove_bucket(BUCKET)
    assert not minio.bucket_exists(BUCKET)


for function in STEPS:
    error = None
    try:
        function()
    except Exception:
        error = traceback.format_exc(limit=-4)
    print(json.dumps({"step": function.__doc__, "error": error}), flush=True)
sys.exit(0)
