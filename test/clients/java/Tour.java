/*
 * What the AWS SDK for Java v2 does in its default configuration, one step after the other; run by sdk-compiled.test.ts
 * (see support/tour.ts). Region and keys come from the environment, as the SDK reads them itself.
 */

import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import software.amazon.awssdk.awscore.presigner.PresignedRequest;
import software.amazon.awssdk.core.ResponseBytes;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3Configuration;
import software.amazon.awssdk.services.s3.model.BucketVersioningStatus;
import software.amazon.awssdk.services.s3.model.ChecksumAlgorithm;
import software.amazon.awssdk.services.s3.model.ChecksumMode;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;
import software.amazon.awssdk.transfer.s3.S3TransferManager;
import software.amazon.awssdk.transfer.s3.model.DownloadRequest;

public final class Tour {
  private static final String BUCKET = "sdk-java";
  private static final String KEY = "a b+ä/漢字 %2F";
  private static final int MIB = 1 << 20;
  private static final URI ENDPOINT = URI.create(System.getenv("TOUR_ENDPOINT"));

  /** Those that the SDK computes by itself; others need the AWS common runtime, a native library, or are only passed on. */
  private static final List<ChecksumAlgorithm> COMPUTED =
      List.of(ChecksumAlgorithm.CRC32, ChecksumAlgorithm.CRC32_C, ChecksumAlgorithm.SHA1, ChecksumAlgorithm.SHA256, ChecksumAlgorithm.SHA512);

  private final S3Client s3 = S3Client.builder().endpointOverride(ENDPOINT).forcePathStyle(true).build();
  private final S3AsyncClient parallel =
      S3AsyncClient.builder().endpointOverride(ENDPOINT).forcePathStyle(true).multipartEnabled(true).build();

  private interface Step {
    void take() throws Exception;
  }

  /** Bytes that differ from part to part. */
  private static byte[] pattern(int size) {
    byte[] bytes = new byte[size];
    for (int at = 0; at < size; at++) bytes[at] = (byte) (at ^ at >> 8 ^ at >> 16);
    return bytes;
  }

  private static void same(String what, Object got, Object expected) {
    if (!expected.equals(got)) throw new AssertionError(what + ": got " + got + ", expected " + expected);
  }

  private static void sameBytes(byte[] got, byte[] expected) {
    if (!Arrays.equals(got, expected)) throw new AssertionError(got.length + " bytes came back, not the " + expected.length + " that were put");
  }

  private static void refused(String code, Step step) throws Exception {
    try {
      step.take();
    } catch (S3Exception error) {
      same("error code", error.awsErrorDetails().errorCode(), code);
      return;
    }
    throw new AssertionError("not refused with " + code);
  }

  private byte[] get(String key) {
    return s3.getObjectAsBytes(ask -> ask.bucket(BUCKET).key(key)).asByteArray();
  }

  private void buckets() {
    s3.createBucket(ask -> ask.bucket(BUCKET));
    s3.headBucket(ask -> ask.bucket(BUCKET));
    same("is listed", s3.listBuckets().buckets().stream().anyMatch(one -> one.name().equals(BUCKET)), true);
  }

  private void small() {
    for (Map.Entry<String, byte[]> one : Map.of(KEY, "some bytes".getBytes(), "empty", new byte[0]).entrySet()) {
      var put = s3.putObject(
          ask -> ask.bucket(BUCKET).key(one.getKey()).metadata(Map.of("colour", "blue")), RequestBody.fromBytes(one.getValue()));
      var head = s3.headObject(ask -> ask.bucket(BUCKET).key(one.getKey()).checksumMode(ChecksumMode.ENABLED));
      same("size", head.contentLength(), (long) one.getValue().length);
      same("metadata", head.metadata(), Map.of("colour", "blue"));
      same("the default checksum", head.checksumCRC32(), put.checksumCRC32());
      sameBytes(get(one.getKey()), one.getValue());
    }
  }

  private void algorithms() {
    for (ChecksumAlgorithm algorithm : COMPUTED) {
      byte[] body = pattern(100_000);
      s3.putObject(ask -> ask.bucket(BUCKET).key("summed").checksumAlgorithm(algorithm), RequestBody.fromBytes(body));
      sameBytes(get("summed"), body);
    }
  }

  private void stream() {
    byte[] body = pattern(200_000);
    s3.putObject(
        ask -> ask.bucket(BUCKET).key("stream"),
        RequestBody.fromInputStream(new ByteArrayInputStream(body), body.length));
    sameBytes(get("stream"), body);
  }

  private void byHand() {
    String upload = s3.createMultipartUpload(ask -> ask.bucket(BUCKET).key("by hand")).uploadId();
    List<CompletedPart> parts = new ArrayList<>();
    for (int number = 1; number <= 2; number++) {
      int part = number;
      var sent = s3.uploadPart(
          ask -> ask.bucket(BUCKET).key("by hand").uploadId(upload).partNumber(part), RequestBody.fromBytes(pattern(5 * MIB)));
      parts.add(CompletedPart.builder().partNumber(part).eTag(sent.eTag()).checksumCRC32(sent.checksumCRC32()).build());
    }
    s3.completeMultipartUpload(
        ask -> ask.bucket(BUCKET).key("by hand").uploadId(upload).multipartUpload(with -> with.parts(parts)));
    same("size", get("by hand").length, 10 * MIB);
  }

  private void multipart() {
    byte[] body = pattern(20 * MIB);
    parallel.putObject(ask -> ask.bucket(BUCKET).key("large"), AsyncRequestBody.fromBytes(body)).join();
    same("parts", s3.headObject(ask -> ask.bucket(BUCKET).key("large")).eTag().endsWith("-3\""), true);
    ResponseBytes<GetObjectResponse> got =
        parallel.getObject(ask -> ask.bucket(BUCKET).key("large"), AsyncResponseTransformer.toBytes()).join();
    sameBytes(got.asByteArray(), body);
    parallel.copyObject(ask -> ask.sourceBucket(BUCKET).sourceKey("large").destinationBucket(BUCKET).destinationKey("copied")).join();
    sameBytes(get("copied"), body);
  }

  private void transferManager() {
    byte[] body = pattern(17 * MIB);
    try (S3TransferManager transfer = S3TransferManager.builder().s3Client(parallel).build()) {
      AsyncRequestBody unknownLength = AsyncRequestBody.fromPublisher(AsyncRequestBody.fromBytes(body));
      transfer.upload(ask -> ask.putObjectRequest(put -> put.bucket(BUCKET).key("larger")).requestBody(unknownLength)).completionFuture().join();
      var down = transfer.download(DownloadRequest.builder()
          .getObjectRequest(ask -> ask.bucket(BUCKET).key("larger"))
          .responseTransformer(AsyncResponseTransformer.<GetObjectResponse>toBytes())
          .build());
      sameBytes(down.completionFuture().join().result().asByteArray(), body);
    }
  }

  private static String fetch(PresignedRequest link, String body) throws Exception {
    var publisher = body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body);
    HttpRequest request = HttpRequest.newBuilder(link.url().toURI()).method(link.httpRequest().method().name(), publisher).build();
    HttpResponse<String> answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    same("status of " + request.method(), answer.statusCode(), 200);
    return answer.body();
  }

  private void presigned() throws Exception {
    S3Configuration path = S3Configuration.builder().pathStyleAccessEnabled(true).build();
    try (S3Presigner sign = S3Presigner.builder().endpointOverride(ENDPOINT).serviceConfiguration(path).build()) {
      Duration time = Duration.ofMinutes(5);
      fetch(sign.presignPutObject(ask -> ask.signatureDuration(time).putObjectRequest(put -> put.bucket(BUCKET).key("link"))), "by link");
      same("body", fetch(sign.presignGetObject(ask -> ask.signatureDuration(time).getObjectRequest(get -> get.bucket(BUCKET).key("link"))), null), "by link");
    }
  }

  private void lists() {
    same("keys", s3.listObjectsV2Paginator(ask -> ask.bucket(BUCKET).maxKeys(2)).contents().stream().count(), 9L);
  }

  private void conditions() throws Exception {
    PutObjectRequest once = PutObjectRequest.builder().bucket(BUCKET).key("link").ifNoneMatch("*").build();
    refused("PreconditionFailed", () -> s3.putObject(once, RequestBody.empty()));
    refused("NoSuchKey", () -> get("missing"));
  }

  private void versions() {
    s3.putBucketVersioning(ask -> ask.bucket(BUCKET).versioningConfiguration(to -> to.status(BucketVersioningStatus.ENABLED)));
    for (String body : List.of("one", "two")) {
      var put = s3.putObject(ask -> ask.bucket(BUCKET).key("versioned"), RequestBody.fromString(body));
      same(body, s3.getObjectAsBytes(ask -> ask.bucket(BUCKET).key("versioned").versionId(put.versionId())).asUtf8String(), body);
    }
    same("delete marker", s3.deleteObject(ask -> ask.bucket(BUCKET).key("versioned")).deleteMarker(), true);
    var list = s3.listObjectVersions(ask -> ask.bucket(BUCKET).prefix("versioned"));
    same("versions and markers", List.of(list.versions().size(), list.deleteMarkers().size()), List.of(2, 1));
  }

  private void removes() {
    s3.listObjectVersionsPaginator(ask -> ask.bucket(BUCKET).maxKeys(4)).forEach(page -> {
      Stream<ObjectIdentifier> versions =
          page.versions().stream().map(one -> ObjectIdentifier.builder().key(one.key()).versionId(one.versionId()).build());
      Stream<ObjectIdentifier> markers =
          page.deleteMarkers().stream().map(one -> ObjectIdentifier.builder().key(one.key()).versionId(one.versionId()).build());
      List<ObjectIdentifier> all = Stream.concat(versions, markers).toList();
      same("deleted", s3.deleteObjects(ask -> ask.bucket(BUCKET).delete(these -> these.objects(all))).deleted().size(), all.size());
    });
    s3.deleteBucket(ask -> ask.bucket(BUCKET));
  }

  private static String quoted(String text) {
    String escaped = text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n").replace("\t", " ").replace("\r", "");
    return '"' + escaped + '"';
  }

  public static void main(String[] args) {
    Tour tour = new Tour();
    Map<String, Step> steps = new LinkedHashMap<>();
    steps.put("creates, finds and lists a bucket", tour::buckets);
    steps.put("puts, heads and gets small and empty objects with the default checksum", tour::small);
    steps.put("puts with a checksum of each algorithm", tour::algorithms);
    steps.put("puts a stream with a trailing checksum", tour::stream);
    steps.put("uploads parts by hand", tour::byHand);
    steps.put("puts, gets and copies in parts with the asynchronous client", tour::multipart);
    steps.put("uploads and downloads with the transfer manager", tour::transferManager);
    steps.put("presigns PUT and GET", tour::presigned);
    steps.put("lists over pages", tour::lists);
    steps.put("puts only what is not there yet, and gets S3's own errors", tour::conditions);
    steps.put("keeps and lists versions", tour::versions);
    steps.put("removes everything", tour::removes);
    steps.forEach((name, step) -> {
      String error = "null";
      try {
        step.take();
      } catch (Throwable thrown) {
        error = quoted(thrown.toString());
      }
      System.out.println("{\"step\":" + quoted(name) + ",\"error\":" + error + "}");
    });
    System.exit(0);
  }
}
