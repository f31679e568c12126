//! What the AWS SDK for Rust does in its default configuration, one step after the other; run by sdk-compiled.test.ts
//! (see support/tour.ts). Endpoint, keys and region come from the environment, as the SDK reads them itself.
//!
//! The SDK has no transfer manager of its own yet: parts are sent by hand.

use std::collections::HashMap;
use std::error::Error;
use std::fmt::Debug;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_sdk_s3::Client;
use aws_sdk_s3::error::{DisplayErrorContext, ProvideErrorMetadata};
use aws_sdk_s3::presigning::{PresignedRequest, PresigningConfig};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    BucketVersioningStatus, ChecksumAlgorithm, ChecksumMode, CompletedMultipartUpload, CompletedPart, Delete,
    ObjectIdentifier, VersioningConfiguration,
};

const BUCKET: &str = "sdk-rust";
const KEY: &str = "a b+ä/漢字 %2F";
const MIB: usize = 1 << 20;

type Done<T = ()> = Result<T, Box<dyn Error>>;

/// Bytes that differ from part to part.
fn pattern(size: usize) -> Vec<u8> {
    (0..size).map(|at| (at ^ at >> 8 ^ at >> 16) as u8).collect()
}

fn same<T: PartialEq + Debug>(what: &str, got: T, expected: T) -> Done {
    if got == expected { Ok(()) } else { Err(format!("{what}: got {got:?}, expected {expected:?}").into()) }
}

/// An answer must be a refusal with this code.
fn refused<T, E: ProvideErrorMetadata>(answer: Result<T, E>, code: &str) -> Done {
    let error = answer.err().ok_or_else(|| format!("not refused with {code}"))?;
    same("error code", error.code(), Some(code))
}

/// What is stored under a name is these bytes; the SDK compares the checksum by itself.
async fn holds(s3: &Client, key: &str, expected: &[u8]) -> Done {
    let got = s3.get_object().bucket(BUCKET).key(key).send().await?.body.collect().await?.into_bytes();
    if got == expected { Ok(()) } else { Err(format!("{key}: {} other bytes came back", got.len()).into()) }
}

async fn buckets(s3: &Client) -> Done {
    s3.create_bucket().bucket(BUCKET).send().await?;
    s3.head_bucket().bucket(BUCKET).send().await?;
    let listed = s3.list_buckets().send().await?;
    same("is listed", listed.buckets().iter().any(|one| one.name() == Some(BUCKET)), true)
}

async fn small(s3: &Client) -> Done {
    for (key, body) in [(KEY, "some bytes"), ("empty", "")] {
        let stream = ByteStream::from_static(body.as_bytes());
        let put = s3.put_object().bucket(BUCKET).key(key).body(stream).metadata("colour", "blue").send().await?;
        let head = s3.head_object().bucket(BUCKET).key(key).checksum_mode(ChecksumMode::Enabled).send().await?;
        same("size", head.content_length(), Some(body.len() as i64))?;
        same("metadata", head.metadata(), Some(&HashMap::from([("colour".to_owned(), "blue".to_owned())])))?;
        same("default checksum", (head.checksum_crc32(), put.checksum_crc32().is_some()), (put.checksum_crc32(), true))?;
        holds(s3, key, body.as_bytes()).await?;
    }
    Ok(())
}

async fn algorithms(s3: &Client) -> Done {
    // Those that this SDK computes by itself.
    for name in ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"] {
        let (body, algorithm) = (pattern(100_000), ChecksumAlgorithm::from(name));
        let put = s3.put_object().bucket(BUCKET).key("summed").checksum_algorithm(algorithm);
        put.body(body.clone().into()).send().await.map_err(|error| format!("{name}: {}", DisplayErrorContext(error)))?;
        holds(s3, "summed", &body).await?;
    }
    Ok(())
}

/// A file is read as it is sent, with a trailing checksum.
async fn stream(s3: &Client) -> Done {
    let (path, body) = (std::env::temp_dir().join(format!("moraine-tour-{}", std::process::id())), pattern(300_000));
    std::fs::write(&path, &body)?;
    let put = s3.put_object().bucket(BUCKET).key("stream").body(ByteStream::from_path(&path).await?).send().await;
    std::fs::remove_file(&path)?;
    put?;
    holds(s3, "stream", &body).await
}

async fn multipart(s3: &Client) -> Done {
    let body = pattern(12 * MIB);
    let created = s3.create_multipart_upload().bucket(BUCKET).key("large").checksum_algorithm(ChecksumAlgorithm::Crc32);
    let upload = created.send().await?.upload_id.ok_or("no upload id")?;
    let mut parts = Vec::new();
    for (number, bytes) in (1..).zip(body.chunks(5 * MIB)) {
        let part = s3.upload_part().bucket(BUCKET).key("large").upload_id(&upload).part_number(number);
        let sent = part.body(bytes.to_vec().into()).send().await?;
        let done = CompletedPart::builder().part_number(number).set_e_tag(sent.e_tag);
        parts.push(done.set_checksum_crc32(sent.checksum_crc32).build());
    }
    let parts = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
    let complete = s3.complete_multipart_upload().bucket(BUCKET).key("large").upload_id(upload);
    complete.multipart_upload(parts).send().await?;
    holds(s3, "large", &body).await
}

/// As the SDK itself would do without being asked for a checksum: parts carry the default one all the same.
async fn plain_multipart(s3: &Client) -> Done {
    let upload = s3.create_multipart_upload().bucket(BUCKET).key("plain").send().await?.upload_id.ok_or("no upload id")?;
    let part = s3.upload_part().bucket(BUCKET).key("plain").upload_id(&upload).part_number(1);
    let sent = part.body(ByteStream::from_static(b"one part")).send().await?;
    let parts = CompletedPart::builder().part_number(1).set_e_tag(sent.e_tag).build();
    let complete = s3.complete_multipart_upload().bucket(BUCKET).key("plain").upload_id(upload);
    complete.multipart_upload(CompletedMultipartUpload::builder().parts(parts).build()).send().await?;
    holds(s3, "plain", b"one part").await
}

/// Follows a link, without any client that knows S3.
fn fetch(link: &PresignedRequest, body: &str) -> Done<String> {
    let (host, path) = link.uri().strip_prefix("http://").and_then(|rest| rest.split_once('/')).ok_or("not http://")?;
    let mut socket = TcpStream::connect(host)?;
    let method = link.method();
    let length = body.len();
    write!(socket, "{method} /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n{body}")?;
    let mut answer = String::new();
    socket.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or("no answer")?;
    same("status", head.get(9..12), Some("200"))?;
    Ok(body.to_owned())
}

async fn presigned(s3: &Client) -> Done {
    let time = PresigningConfig::expires_in(Duration::from_secs(300))?;
    fetch(&s3.put_object().bucket(BUCKET).key("link").presigned(time.clone()).await?, "by link")?;
    let body = fetch(&s3.get_object().bucket(BUCKET).key("link").presigned(time).await?, "")?;
    same("body", body.as_str(), "by link")
}

async fn lists(s3: &Client) -> Done {
    let mut keys = 0;
    let mut pages = s3.list_objects_v2().bucket(BUCKET).max_keys(2).into_paginator().send();
    while let Some(page) = pages.next().await {
        keys += page?.contents().len();
    }
    same("keys", keys, 7)
}

async fn copies(s3: &Client) -> Done {
    s3.copy_object().bucket(BUCKET).key("copied").copy_source(format!("{BUCKET}/link")).send().await?;
    holds(s3, "copied", b"by link").await
}

async fn conditions(s3: &Client) -> Done {
    let put = s3.put_object().bucket(BUCKET).key("link").if_none_match("*").body(ByteStream::from_static(b"x"));
    refused(put.send().await, "PreconditionFailed")?;
    refused(s3.get_object().bucket(BUCKET).key("missing").send().await, "NoSuchKey")
}

async fn versions(s3: &Client) -> Done {
    let enabled = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
    s3.put_bucket_versioning().bucket(BUCKET).versioning_configuration(enabled).send().await?;
    for body in ["one", "two"] {
        let put = s3.put_object().bucket(BUCKET).key("versioned").body(ByteStream::from_static(body.as_bytes()));
        let version = put.send().await?.version_id.ok_or("no version id was given")?;
        let got = s3.get_object().bucket(BUCKET).key("versioned").version_id(version).send().await?;
        same("body", got.body.collect().await?.into_bytes().as_ref(), body.as_bytes())?;
    }
    s3.delete_object().bucket(BUCKET).key("versioned").send().await?;
    let list = s3.list_object_versions().bucket(BUCKET).prefix("versioned").send().await?;
    same("versions and markers", (list.versions().len(), list.delete_markers().len()), (2, 1))
}

async fn removes(s3: &Client) -> Done {
    let list = s3.list_object_versions().bucket(BUCKET).send().await?;
    let versions = list.versions().iter().map(|one| (one.key(), one.version_id()));
    let markers = list.delete_markers().iter().map(|one| (one.key(), one.version_id()));
    let mut all = Vec::new();
    for (key, version) in versions.chain(markers) {
        all.push(ObjectIdentifier::builder().key(key.unwrap_or("")).set_version_id(version.map(str::to_owned)).build()?);
    }
    let count = all.len();
    let delete = Delete::builder().set_objects(Some(all)).build()?;
    let done = s3.delete_objects().bucket(BUCKET).delete(delete).send().await?;
    same("deleted", done.deleted().len(), count)?;
    s3.delete_bucket().bucket(BUCKET).send().await?;
    Ok(())
}

/// One line of JSON. `Debug` quotes as JSON does, for what these texts hold.
fn tell(step: &str, done: Done) {
    let error = done.err().map_or("null".to_owned(), |error| format!("{:?}", DisplayErrorContext(&*error).to_string()));
    println!("{{\"step\":{step:?},\"error\":{error}}}");
}

#[tokio::main]
async fn main() {
    let shared = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let s3 = Client::from_conf(aws_sdk_s3::config::Builder::from(&shared).force_path_style(true).build());
    tell("creates, finds and lists a bucket", buckets(&s3).await);
    tell("puts, heads and gets small and empty objects with the default checksum", small(&s3).await);
    tell("puts with a checksum of each algorithm", algorithms(&s3).await);
    tell("puts a file with a trailing checksum", stream(&s3).await);
    tell("uploads in parts with checksums", multipart(&s3).await);
    tell("uploads in parts without asking for checksums", plain_multipart(&s3).await);
    tell("presigns PUT and GET", presigned(&s3).await);
    tell("lists over pages", lists(&s3).await);
    tell("copies", copies(&s3).await);
    tell("puts only what is not there yet, and gets S3's own errors", conditions(&s3).await);
    tell("keeps and lists versions", versions(&s3).await);
    tell("removes everything", removes(&s3).await);
}
