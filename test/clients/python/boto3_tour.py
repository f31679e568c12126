"""What boto3 does in its default configuration, one step after the other; run by boto3.test.ts (see support/tour.ts)."""

import base64
import hashlib
import io
import json
import os
import ssl
import sys
import tempfile
import traceback
import urllib.error
import urllib.request
import zlib
from datetime import datetime, timedelta, timezone

import boto3
from boto3.s3.transfer import TransferConfig
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

ENDPOINT = os.environ["TOUR_ENDPOINT"]
STYLE = os.environ["TOUR_STYLE"]
CA = os.environ["TOUR_CA"] or None
BUCKET = "boto3-" + STYLE
MIB = 1024 * 1024
KEYS = ["a", "a/b", "a//b", "/a", "./a", "../a", "a+b", "a b", "a%2Fb", "a%b", "ä", "漢字", "🗻", "a?b=c&d#e", "a'\"<>&", "end/"]
STEPS = []


def step(function):
    STEPS.append(function)
    return function


def client(**config):
    region = config.pop("region", "us-east-1")
    settings = Config(s3={"addressing_style": STYLE}, retries={"max_attempts": 2}, **config)
    return boto3.client("s3", endpoint_url=ENDPOINT, region_name=region, config=settings)


s3 = client()


def refused(code, call, **arguments):
    """The call must be refused with this code; gives the answer."""
    try:
        call(**arguments)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        return error.response
    raise AssertionError(f"not refused; expected {code}")


def fetch(url, method="GET", body=None, headers=None):
    context = ssl.create_default_context(cafile=CA) if CA else None
    # urllib would add a type of its own to a body, and signature V2 covers the type.
    request = urllib.request.Request(url, data=body, method=method, headers={"Content-Type": "", **(headers or {})})
    try:
        with urllib.request.urlopen(request, context=context) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def send_form(form, filename, body):
    """What a browser sends for a form with one file."""
    boundary = "moraine-tour"
    part = lambda name, more, value: f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + value + b"\r\n"
    parts = [part(name, "", value.encode()) for name, value in form["fields"].items()]
    parts.append(part("file", f'; filename="{filename}"', body))
    whole = b"".join(parts) + f"--{boundary}--\r\n".encode()
    return fetch(form["url"], "POST", whole, {"Content-Type": f"multipart/form-data; boundary={boundary}"})


def pattern(size):
    return (hashlib.sha256(str(size).encode()).digest() * (size // 32 + 1))[:size]


@step
def create_bucket_and_list_buckets():
    """create_bucket, head_bucket, list_buckets, get_bucket_location"""
    s3.create_bucket(Bucket=BUCKET)
    s3.head_bucket(Bucket=BUCKET)
    assert BUCKET in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    assert s3.get_bucket_location(Bucket=BUCKET)["LocationConstraint"] is None


@step
def small_object():
    """put, head and get of a small object with headers and metadata; its default checksum is kept and checked"""
    body = pattern(5000)
    put = s3.put_object(Bucket=BUCKET, Key="small", Body=body, ContentType="text/x-test", Metadata={"Colour": "blue green"})
    assert put["ETag"] == f'"{hashlib.md5(body).hexdigest()}"', put
    crc32 = base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode()
    assert put.get("ChecksumCRC32", crc32) == crc32, put
    head = s3.head_object(Bucket=BUCKET, Key="small", ChecksumMode="ENABLED")
    assert (head["ContentLength"], head["ContentType"], head["Metadata"]) == (5000, "text/x-test", {"colour": "blue green"}), head
    assert head["ChecksumCRC32"] == crc32 and head["ChecksumType"] == "FULL_OBJECT", head
    assert s3.get_object(Bucket=BUCKET, Key="small")["Body"].read() == body


@step
def empty_object():
    """an object of no bytes"""
    s3.put_object(Bucket=BUCKET, Key="empty", Body=b"")
    assert s3.get_object(Bucket=BUCKET, Key="empty")["Body"].read() == b""


@step
def defaults():
    """a client with nothing set but endpoint and region: small, empty, and in parts with its own sizes"""
    config = None if STYLE == "path" else Config(s3={"addressing_style": STYLE})
    plain = boto3.client("s3", endpoint_url=ENDPOINT, region_name="us-east-1", config=config)
    for key, body in [("defaults/ä 漢字", b"x"), ("defaults/empty", b""), ("defaults/large", pattern(17 * MIB))]:
        plain.upload_fileobj(io.BytesIO(body), BUCKET, key)
        back = io.BytesIO()
        plain.download_fileobj(BUCKET, key, back)
        assert back.getvalue() == body, key
    assert plain.head_object(Bucket=BUCKET, Key="defaults/large")["ETag"].endswith('-3"')


@step
def attributes():
    """get_object_attributes, of an object in one piece and of one in parts"""
    wanted = ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"]
    small = s3.get_object_attributes(Bucket=BUCKET, Key="small", ObjectAttributes=wanted)
    assert small["ObjectSize"] == 5000 and small["Checksum"]["ChecksumCRC32"] and "ObjectParts" not in small, small
    large = s3.get_object_attributes(Bucket=BUCKET, Key="defaults/large", ObjectAttributes=wanted)
    assert large["ObjectParts"]["TotalPartsCount"] == 3, large
    assert large["Checksum"]["ChecksumType"] in ("FULL_OBJECT", "COMPOSITE"), large


@step
def checksums():
    """put with each algorithm, in one piece and in parts; a wrong sum is refused and stores nothing"""
    body = b"hello, world"
    for name in ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256", "SHA512", "XXHASH64", "XXHASH3", "XXHASH128"]:
        put = s3.put_object(Bucket=BUCKET, Key="summed", Body=body, ChecksumAlgorithm=name)
        got = s3.get_object(Bucket=BUCKET, Key="summed", ChecksumMode="ENABLED")
        assert (put["Checksum" + name], got["Body"].read()) == (got["Checksum" + name], body), (name, put)
    for name, kind in [("CRC64NVME", "FULL_OBJECT"), ("SHA256", "COMPOSITE")]:
        s3.upload_fileobj(io.BytesIO(pattern(9 * MIB)), BUCKET, "summed", ExtraArgs={"ChecksumAlgorithm": name})
        head = s3.head_object(Bucket=BUCKET, Key="summed", ChecksumMode="ENABLED")
        assert head["Checksum" + name] and head["ChecksumType"] == kind, (name, head)
    wrong = base64.b64encode(hashlib.sha256(b"other").digest()).decode()
    refused("BadDigest", s3.put_object, Bucket=BUCKET, Key="wrong", Body=body, ChecksumSHA256=wrong)
    refused("404", s3.head_object, Bucket=BUCKET, Key="wrong")
    md5 = base64.b64encode(hashlib.md5(b"other").digest()).decode()
    refused("BadDigest", s3.put_object, Bucket=BUCKET, Key="wrong", Body=body, ContentMD5=md5)


@step
def ranges_and_conditions():
    """ranges, 304, 412, and 416"""
    body = s3.get_object(Bucket=BUCKET, Key="small")["Body"].read()
    got = s3.get_object(Bucket=BUCKET, Key="small", Range="bytes=10-19")
    assert (got["ContentRange"], got["Body"].read()) == ("bytes 10-19/5000", body[10:20])
    assert s3.get_object(Bucket=BUCKET, Key="small", Range="bytes=-7")["Body"].read() == body[-7:]
    etag = s3.head_object(Bucket=BUCKET, Key="small")["ETag"]
    refused("304", s3.get_object, Bucket=BUCKET, Key="small", IfNoneMatch=etag)
    refused("PreconditionFailed", s3.get_object, Bucket=BUCKET, Key="small", IfMatch='"0"')
    refused("InvalidRange", s3.get_object, Bucket=BUCKET, Key="small", Range="bytes=5000-")
    refused("PreconditionFailed", s3.put_object, Bucket=BUCKET, Key="small", Body=b"x", IfNoneMatch="*")
    s3.put_object(Bucket=BUCKET, Key="small", Body=body, IfMatch=etag)
    refused("PreconditionFailed", s3.delete_object, Bucket=BUCKET, Key="small", IfMatch='"0"')


@step
def hostile_keys():
    """keys that break others: slashes, dots, plus, percent, any script; put, get, list, copy and delete"""
    for key in KEYS:
        s3.put_object(Bucket=BUCKET, Key="keys/" + key, Body=key.encode())
    for key in KEYS:
        assert s3.get_object(Bucket=BUCKET, Key="keys/" + key)["Body"].read() == key.encode(), key
        s3.copy_object(Bucket=BUCKET, Key="copied/" + key, CopySource={"Bucket": BUCKET, "Key": "keys/" + key})
    for name in ["list_objects", "list_objects_v2"]:
        pages = s3.get_paginator(name).paginate(Bucket=BUCKET, Prefix="keys/", PaginationConfig={"PageSize": 3})
        listed = [entry["Key"] for page in pages for entry in page["Contents"]]
        assert listed == sorted(("keys/" + key for key in KEYS), key=lambda key: key.encode()), (name, listed)
    doomed = [{"Key": folder + key} for key in KEYS for folder in ["keys/", "copied/"]]
    answer = s3.delete_objects(Bucket=BUCKET, Delete={"Objects": doomed})
    assert len(answer["Deleted"]) == len(doomed) and "Errors" not in answer, answer
    assert s3.list_objects_v2(Bucket=BUCKET, Prefix="keys/")["KeyCount"] == 0


@step
def delimiter():
    """listing with a delimiter groups, also over pages"""
    for key in ["d/1", "d/2", "d/sub/1", "d/sub/2", "d/tub/1", "e"]:
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"")
    pages = list(s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix="d/", Delimiter="/", PaginationConfig={"PageSize": 1}))
    keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
    prefixes = [entry["Prefix"] for page in pages for entry in page.get("CommonPrefixes", [])]
    assert (keys, prefixes) == (["d/1", "d/2"], ["d/sub/", "d/tub/"]), (keys, prefixes)


@step
def transfer():
    """upload_file and download_file in parts (12 MiB), and the managed copy in parts"""
    body = pattern(12 * MIB)
    config = TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "file")
        with open(path, "wb") as file:
            file.write(body)
        s3.upload_file(path, BUCKET, "large", Config=config, ExtraArgs={"Metadata": {"parts": "three"}})
        head = s3.head_object(Bucket=BUCKET, Key="large")
        assert head["ETag"].endswith('-3"') and head["Metadata"] == {"parts": "three"}, head
        s3.download_file(BUCKET, "large", path + ".back", Config=config)
        with open(path + ".back", "rb") as file:
            assert file.read() == body
        s3.copy({"Bucket": BUCKET, "Key": "large"}, BUCKET, "large-copy", Config=config)
        assert s3.get_object(Bucket=BUCKET, Key="large-copy")["Body"].read() == body
    s3.upload_fileobj(io.BytesIO(b"in one go"), BUCKET, "fileobj")


@step
def multipart_by_hand():
    """each multipart call: create, upload_part, upload_part_copy, list_parts, list_multipart_uploads, complete, abort"""
    key = "by hand/ä+b"
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key=key, ContentType="x/y")["UploadId"]
    first, second = pattern(5 * MIB), b"the end"
    one = s3.upload_part(Bucket=BUCKET, Key=key, UploadId=upload, PartNumber=1, Body=first)
    s3.upload_part_copy(Bucket=BUCKET, Key=key, UploadId=upload, PartNumber=2, CopySource=f"{BUCKET}/large", CopySourceRange=f"bytes=0-{5 * MIB - 1}")
    three = s3.upload_part(Bucket=BUCKET, Key=key, UploadId=upload, PartNumber=3, Body=second)
    parts = s3.list_parts(Bucket=BUCKET, Key=key, UploadId=upload)["Parts"]
    assert [(part["PartNumber"], part["Size"]) for part in parts] == [(1, 5 * MIB), (2, 5 * MIB), (3, 7)], parts
    assert (parts[0]["ETag"], parts[2]["ETag"]) == (one["ETag"], three["ETag"]), parts
    uploads = s3.list_multipart_uploads(Bucket=BUCKET)["Uploads"]
    assert [(entry["Key"], entry["UploadId"]) for entry in uploads] == [(key, upload)], uploads
    refused("404", s3.head_object, Bucket=BUCKET, Key=key)
    chosen = [{"PartNumber": part["PartNumber"], "ETag": part["ETag"]} for part in parts]
    refused("InvalidPartOrder", s3.complete_multipart_upload, Bucket=BUCKET, Key=key, UploadId=upload, MultipartUpload={"Parts": chosen[::-1]})
    done = s3.complete_multipart_upload(Bucket=BUCKET, Key=key, UploadId=upload, MultipartUpload={"Parts": chosen})
    assert done["ETag"].endswith('-3"') and done["Key"] == key, done
    got = s3.get_object(Bucket=BUCKET, Key=key)
    body = got["Body"].read()
    assert got["ContentType"] == "x/y" and body == first + pattern(12 * MIB)[: 5 * MIB] + second
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key="aborted")["UploadId"]
    s3.upload_part(Bucket=BUCKET, Key="aborted", UploadId=upload, PartNumber=1, Body=b"x")
    s3.abort_multipart_upload(Bucket=BUCKET, Key="aborted", UploadId=upload)
    refused("NoSuchUpload", s3.list_parts, Bucket=BUCKET, Key="aborted", UploadId=upload)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=BUCKET)


@step
def copies():
    """copy_object keeps or replaces metadata; onto itself only with a change"""
    s3.put_object(Bucket=BUCKET, Key="original", Body=b"text", ContentType="text/plain", Metadata={"a": "1"})
    source = {"Bucket": BUCKET, "Key": "original"}
    s3.copy_object(Bucket=BUCKET, Key="kept", CopySource=source)
    s3.copy_object(Bucket=BUCKET, Key="replaced", CopySource=source, MetadataDirective="REPLACE", Metadata={"b": "2"})
    kept, replaced = s3.head_object(Bucket=BUCKET, Key="kept"), s3.head_object(Bucket=BUCKET, Key="replaced")
    assert (kept["Metadata"], kept["ContentType"], replaced["Metadata"]) == ({"a": "1"}, "text/plain", {"b": "2"})
    refused("InvalidRequest", s3.copy_object, Bucket=BUCKET, Key="original", CopySource=source)
    s3.copy_object(Bucket=BUCKET, Key="original", CopySource=source, MetadataDirective="REPLACE", Metadata={"c": "3"})
    assert s3.head_object(Bucket=BUCKET, Key="original")["Metadata"] == {"c": "3"}


@step
def presigned():
    """presigned GET, HEAD, PUT and DELETE, in V4 and V2, with response headers overridden; expired and altered ones refused"""
    for version in ["s3v4", "s3"]:
        signer = client(signature_version=version)
        of = lambda method, **more: signer.generate_presigned_url(method, Params={"Bucket": BUCKET, "Key": "pre/a b+ä", **more}, ExpiresIn=300)
        assert fetch(of("put_object"), "PUT", b"presigned " + version.encode())[0] == 200, version
        assert fetch(of("get_object")) == (200, b"presigned " + version.encode()), version
        assert fetch(of("get_object", ResponseContentType="a/b"))[0] == 200, version
        assert fetch(of("head_object"), "HEAD")[0] == 200, version
        status, body = fetch(of("get_object") + "0")
        assert status == 403 or status == 400, (version, status, body)
        assert fetch(of("get_object"), "DELETE")[0] == 403, "a link to read must not delete"
        assert fetch(of("delete_object"), "DELETE")[0] == 204, version
        refused("404", s3.head_object, Bucket=BUCKET, Key="pre/a b+ä")


@step
def presigned_post():
    """a presigned form lets a browser put what its policy says, and nothing else"""
    for version in ["s3v4", "s3"]:
        conditions = [["content-length-range", 1, 100], {"success_action_status": "201"}, ["starts-with", "$x-amz-meta-who", "a"]]
        fields = {"success_action_status": "201", "x-amz-meta-who": "anybody"}
        form = client(signature_version=version).generate_presigned_post(BUCKET, "form/${filename}", fields, conditions, 300)
        status, answer = send_form(form, "ä b.txt", b"from a browser")
        assert status == 201 and b"<PostResponse>" in answer, (version, status, answer)
        got = s3.get_object(Bucket=BUCKET, Key="form/ä b.txt")
        assert (got["Body"].read(), got["Metadata"]) == (b"from a browser", {"who": "anybody"}), version
        status, answer = send_form(form, "long", b"x" * 101)
        assert status == 400 and b"EntityTooLarge" in answer, (version, status, answer)
        form["fields"]["x-amz-meta-who"] = "nobody"
        assert send_form(form, "other", b"x")[0] == 403, version


@step
def signature_v2():
    """a client with signature V2 puts, lists, gets, copies and deletes"""
    v2 = client(signature_version="s3")
    v2.put_object(Bucket=BUCKET, Key="v2/a b+ä", Body=b"two", Metadata={"x": "y"})
    assert v2.get_object(Bucket=BUCKET, Key="v2/a b+ä")["Body"].read() == b"two"
    assert [entry["Key"] for entry in v2.list_objects_v2(Bucket=BUCKET, Prefix="v2/")["Contents"]] == ["v2/a b+ä"]
    v2.copy_object(Bucket=BUCKET, Key="v2/copy", CopySource={"Bucket": BUCKET, "Key": "v2/a b+ä"})
    v2.upload_fileobj(io.BytesIO(pattern(6 * MIB)), BUCKET, "v2/large", Config=TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB))
    v2.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": "v2/a b+ä"}, {"Key": "v2/copy"}, {"Key": "v2/large"}]})


@step
def acl():
    """canned ACLs: what is opened is readable by an unsigned client, and nothing else is"""
    stranger = client(signature_version=UNSIGNED)
    refused("AccessDenied", stranger.get_object, Bucket=BUCKET, Key="original")
    s3.put_object_acl(Bucket=BUCKET, Key="original", ACL="public-read")
    assert stranger.get_object(Bucket=BUCKET, Key="original")["Body"].read() == b"text"
    refused("AccessDenied", stranger.put_object, Bucket=BUCKET, Key="original", Body=b"no")
    refused("AccessDenied", stranger.list_objects_v2, Bucket=BUCKET)
    grants = s3.get_object_acl(Bucket=BUCKET, Key="original")["Grants"]
    assert sorted(grant["Permission"] for grant in grants) == ["FULL_CONTROL", "READ"], grants
    s3.put_object_acl(Bucket=BUCKET, Key="original", ACL="private")
    refused("AccessDenied", stranger.get_object, Bucket=BUCKET, Key="original")


@step
def errors():
    """errors carry S3's own codes"""
    refused("NoSuchKey", s3.get_object, Bucket=BUCKET, Key="missing")
    refused("404", s3.head_object, Bucket=BUCKET, Key="missing")
    refused("NoSuchBucket", s3.list_objects_v2, Bucket="no-such-bucket-here")
    refused("BucketNotEmpty", s3.delete_bucket, Bucket=BUCKET)
    answer = refused("NotImplemented", s3.get_bucket_website, Bucket=BUCKET)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 501, answer


@step
def versions():
    """versions are kept, read, listed and removed one by one; a delete marker hides and its removal shows again"""
    name = BUCKET + "-versions"
    at = {"Bucket": name, "Key": "ä b"}
    s3.create_bucket(Bucket=name)
    before = s3.put_object(**at, Body=b"before").get("VersionId")
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    ids = [s3.put_object(**at, Body=body)["VersionId"] for body in [b"one", b"two"]]
    marker = s3.delete_object(**at)
    assert before is None and marker["DeleteMarker"], (before, marker)
    refused("NoSuchKey", s3.get_object, **at)
    bodies = [s3.get_object(**at, VersionId=version)["Body"].read() for version in ["null", *ids]]
    assert bodies == [b"before", b"one", b"two"], bodies
    pages = list(s3.get_paginator("list_object_versions").paginate(Bucket=name, PaginationConfig={"PageSize": 1}))
    listed = [entry["VersionId"] for page in pages for kind in ["DeleteMarkers", "Versions"] for entry in page.get(kind, [])]
    assert listed == [marker["VersionId"], ids[1], ids[0], "null"], listed
    s3.delete_object(**at, VersionId=marker["VersionId"])
    assert s3.get_object(**at)["Body"].read() == b"two"
    s3.copy_object(Bucket=name, Key="copy", CopySource={**at, "VersionId": ids[0]})
    assert s3.get_object(Bucket=name, Key="copy")["Body"].read() == b"one"
    every = s3.list_object_versions(Bucket=name)["Versions"]
    s3.delete_objects(Bucket=name, Delete={"Objects": [{"Key": entry["Key"], "VersionId": entry["VersionId"]} for entry in every]})
    s3.delete_bucket(Bucket=name)


@step
def tags():
    """tags of objects and buckets: given with the object, replaced, counted, copied and removed"""
    s3.put_object(Bucket=BUCKET, Key="tagged", Body=b"x", Tagging="colour=sky%20blue&size=1")
    of = lambda key: {tag["Key"]: tag["Value"] for tag in s3.get_object_tagging(Bucket=BUCKET, Key=key)["TagSet"]}
    assert of("tagged") == {"colour": "sky blue", "size": "1"}
    assert s3.get_object(Bucket=BUCKET, Key="tagged")["TagCount"] == 2
    s3.copy({"Bucket": BUCKET, "Key": "tagged"}, BUCKET, "tagged copy")
    assert of("tagged copy") == of("tagged")
    s3.put_object_tagging(Bucket=BUCKET, Key="tagged", Tagging={"TagSet": [{"Key": "ä", "Value": "ö"}]})
    assert of("tagged") == {"ä": "ö"}
    s3.delete_object_tagging(Bucket=BUCKET, Key="tagged")
    assert of("tagged") == {}
    refused("NoSuchTagSet", s3.get_bucket_tagging, Bucket=BUCKET)
    s3.put_bucket_tagging(Bucket=BUCKET, Tagging={"TagSet": [{"Key": "team", "Value": "a"}]})
    assert s3.get_bucket_tagging(Bucket=BUCKET)["TagSet"] == [{"Key": "team", "Value": "a"}]
    s3.delete_bucket_tagging(Bucket=BUCKET)


@step
def lock():
    """object lock: default retention, governance with its bypass, legal hold; what is locked stays"""
    name = BUCKET + "-locked"
    s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    rule = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}
    s3.put_object_lock_configuration(Bucket=name, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule})
    assert s3.get_object_lock_configuration(Bucket=name)["ObjectLockConfiguration"]["Rule"] == rule
    at = {"Bucket": name, "Key": "kept"}
    version = {**at, "VersionId": s3.put_object(**at, Body=b"kept")["VersionId"]}
    assert s3.get_object_retention(**version)["Retention"]["Mode"] == "GOVERNANCE"
    refused("AccessDenied", s3.delete_object, **version)
    s3.put_object_legal_hold(**version, LegalHold={"Status": "ON"})
    assert s3.head_object(**version)["ObjectLockLegalHoldStatus"] == "ON"
    refused("AccessDenied", s3.delete_object, **version, BypassGovernanceRetention=True)
    s3.put_object_legal_hold(**version, LegalHold={"Status": "OFF"})
    later = datetime.now(timezone.utc) + timedelta(days=2)
    s3.put_object_retention(**version, Retention={"Mode": "GOVERNANCE", "RetainUntilDate": later})
    s3.delete_object(**version, BypassGovernanceRetention=True)
    s3.delete_bucket(Bucket=name)


@step
def encryption():
    """SSE-S3, asked for and by the bucket's default; SSE-C over HTTPS, in one piece and in parts, and not without its key"""
    s3.put_object(Bucket=BUCKET, Key="sealed", Body=b"secret", ServerSideEncryption="AES256")
    got = s3.get_object(Bucket=BUCKET, Key="sealed")
    assert (got["ServerSideEncryption"], got["Body"].read()) == ("AES256", b"secret"), got
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    s3.put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": [rule]})
    told = s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert told["ApplyServerSideEncryptionByDefault"] == rule["ApplyServerSideEncryptionByDefault"], told
    assert s3.put_object(Bucket=BUCKET, Key="sealed", Body=b"x")["ServerSideEncryption"] == "AES256"
    s3.delete_bucket_encryption(Bucket=BUCKET)
    key = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": b"0123456789abcdef" * 2}
    if CA is None:
        refused("InvalidRequest", s3.put_object, Bucket=BUCKET, Key="own key", Body=b"x", **key)
        return
    body = pattern(9 * MIB)
    s3.upload_fileobj(io.BytesIO(body), BUCKET, "own key", ExtraArgs=key)
    assert s3.get_object(Bucket=BUCKET, Key="own key", **key)["Body"].read() == body
    refused("400", s3.head_object, Bucket=BUCKET, Key="own key")
    other = {**key, "SSECustomerKey": b"fedcba9876543210" * 2}
    refused("AccessDenied", s3.get_object, Bucket=BUCKET, Key="own key", **other)
    source = {f"CopySource{name}": value for name, value in key.items()}
    s3.copy_object(Bucket=BUCKET, Key="other key", CopySource={"Bucket": BUCKET, "Key": "own key"}, **source, **other)
    assert s3.get_object(Bucket=BUCKET, Key="other key", Range="bytes=5-9", **other)["Body"].read() == body[5:10]


@step
def other_region():
    """a client that signs for another region is told the right one and goes on"""
    other = client(region="eu-central-1")
    assert other.get_object(Bucket=BUCKET, Key="original")["Body"].read() == b"text"
    other.put_object(Bucket=BUCKET, Key="regional", Body=b"x")


@step
def remove_all():
    """delete_object, delete_objects and delete_bucket"""
    s3.delete_object(Bucket=BUCKET, Key="missing")
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET):
        s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": entry["Key"]} for entry in page["Contents"]], "Quiet": True})
    s3.delete_bucket(Bucket=BUCKET)
    refused("404", s3.head_bucket, Bucket=BUCKET)


for function in STEPS:
    error = None
    try:
        function()
    except Exception:
        error = traceback.format_exc(limit=-4)
    print(json.dumps({"step": function.__doc__, "error": error}), flush=True)
sys.exit(0)
