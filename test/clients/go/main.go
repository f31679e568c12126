// What the AWS SDK for Go v2 does in its default configuration, one step after the other; run by sdk-compiled.test.ts
// (see support/tour.ts). Endpoint, keys and region come from the environment, as the SDK reads them itself.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/s3/manager"
	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
)

const (
	bucket = "sdk-go"
	key    = "a b+ä/漢字 %2F"
	miB    = 1 << 20
)

type tour struct {
	ctx context.Context
	s3  *s3.Client
}

type step struct {
	name string
	take func(*tour) error
}

// Bytes that differ from part to part.
func pattern(size int) []byte {
	bytes := make([]byte, size)
	for at := range bytes {
		bytes[at] = byte(at ^ at>>8 ^ at>>16)
	}
	return bytes
}

func same(what string, got, expected any) error {
	if got, expected := fmt.Sprint(got), fmt.Sprint(expected); got != expected {
		return fmt.Errorf("%s: got %.200s, expected %.200s", what, got, expected)
	}
	return nil
}

func refused(err error, code string) error {
	var answer smithy.APIError
	if !errors.As(err, &answer) {
		return fmt.Errorf("not refused with %s: %v", code, err)
	}
	return same("error code", answer.ErrorCode(), code)
}

// What is stored under a name is these bytes; the SDK compares the checksum by itself.
func (t *tour) holds(name string, expected []byte) error {
	got, err := t.s3.GetObject(t.ctx, &s3.GetObjectInput{Bucket: aws.String(bucket), Key: &name})
	if err != nil {
		return err
	}
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	if err == nil && !bytes.Equal(body, expected) {
		err = fmt.Errorf("%s: %d bytes came back, not the %d that were put", name, len(body), len(expected))
	}
	return err
}

func (t *tour) buckets() error {
	if _, err := t.s3.CreateBucket(t.ctx, &s3.CreateBucketInput{Bucket: aws.String(bucket)}); err != nil {
		return err
	}
	if _, err := t.s3.HeadBucket(t.ctx, &s3.HeadBucketInput{Bucket: aws.String(bucket)}); err != nil {
		return err
	}
	list, err := t.s3.ListBuckets(t.ctx, &s3.ListBucketsInput{})
	if err != nil {
		return err
	}
	for _, one := range list.Buckets {
		if aws.ToString(one.Name) == bucket {
			return nil
		}
	}
	return errors.New("the bucket is not listed")
}

func (t *tour) small() error {
	for name, body := range map[string][]byte{key: []byte("some bytes"), "empty": {}} {
		put, err := t.s3.PutObject(t.ctx, &s3.PutObjectInput{
			Bucket: aws.String(bucket), Key: &name, Body: bytes.NewReader(body), Metadata: map[string]string{"colour": "blue"},
		})
		if err != nil {
			return err
		}
		if aws.ToString(put.ChecksumCRC32) == "" {
			return errors.New("the default checksum was not kept")
		}
		head, err := t.s3.HeadObject(t.ctx, &s3.HeadObjectInput{
			Bucket: aws.String(bucket), Key: &name, ChecksumMode: types.ChecksumModeEnabled,
		})
		if err != nil {
			return err
		}
		seen := []any{*head.ContentLength, head.Metadata, *head.ChecksumCRC32, head.ChecksumType}
		if err := same("head", seen, []any{len(body), map[string]string{"colour": "blue"}, *put.ChecksumCRC32, "FULL_OBJECT"}); err != nil {
			return err
		}
		if err := t.holds(name, body); err != nil {
			return err
		}
	}
	return nil
}

func (t *tour) algorithms() error {
	// Those that this SDK computes.
	for _, algorithm := range []types.ChecksumAlgorithm{"CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256", "SHA512"} {
		body := pattern(100_000)
		_, err := t.s3.PutObject(t.ctx, &s3.PutObjectInput{
			Bucket: aws.String(bucket), Key: aws.String("summed"), Body: bytes.NewReader(body), ChecksumAlgorithm: algorithm,
		})
		if err == nil {
			err = t.holds("summed", body)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", algorithm, err)
		}
	}
	return nil
}

func (t *tour) manager() error {
	body := pattern(12*miB + 1)
	up := manager.NewUploader(t.s3)
	// A reader without length or seek: the manager cuts it into parts.
	done, err := up.Upload(t.ctx, &s3.PutObjectInput{
		Bucket: aws.String(bucket), Key: aws.String("large"), Body: io.MultiReader(bytes.NewReader(body)),
	})
	if err != nil {
		return err
	}
	if err := same("parts", len(done.CompletedParts), 3); err != nil {
		return err
	}
	back := manager.NewWriteAtBuffer(nil)
	_, err = manager.NewDownloader(t.s3).Download(t.ctx, back, &s3.GetObjectInput{Bucket: aws.String(bucket), Key: aws.String("large")})
	if err == nil && !bytes.Equal(back.Bytes(), body) {
		err = errors.New("other bytes came back")
	}
	return err
}

func (t *tour) transferManager() error {
	body := pattern(20 * miB)
	transfer := transfermanager.New(t.s3)
	_, err := transfer.UploadObject(t.ctx, &transfermanager.UploadObjectInput{
		Bucket: aws.String(bucket), Key: aws.String("larger"), Body: bytes.NewReader(body),
	})
	if err != nil {
		return err
	}
	got, err := transfer.GetObject(t.ctx, &transfermanager.GetObjectInput{Bucket: aws.String(bucket), Key: aws.String("larger")})
	if err != nil {
		return err
	}
	back, err := io.ReadAll(got.Body)
	if err == nil && !bytes.Equal(back, body) {
		err = fmt.Errorf("%d other bytes came back", len(back))
	}
	return err
}

func (t *tour) presigned() error {
	sign := s3.NewPresignClient(t.s3)
	put, err := sign.PresignPutObject(t.ctx, &s3.PutObjectInput{Bucket: aws.String(bucket), Key: aws.String("link")})
	if err != nil {
		return err
	}
	get, err := sign.PresignGetObject(t.ctx, &s3.GetObjectInput{Bucket: aws.String(bucket), Key: aws.String("link")})
	if err != nil {
		return err
	}
	request, _ := http.NewRequest(put.Method, put.URL, bytes.NewReader([]byte("by link")))
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	if err := same("presigned put", answer.StatusCode, 200); err != nil {
		return err
	}
	if answer, err = http.Get(get.URL); err != nil {
		return err
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	return same("presigned get", string(body), "by link")
}

func (t *tour) lists() error {
	names := 0
	pages := s3.NewListObjectsV2Paginator(t.s3, &s3.ListObjectsV2Input{Bucket: aws.String(bucket), MaxKeys: aws.Int32(2)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.ctx)
		if err != nil {
			return err
		}
		names += len(page.Contents)
	}
	return same("keys", names, 6)
}

func (t *tour) copies() error {
	// The SDK sends CopySource as it is given, as S3 wants it: percent-encoded.
	_, err := t.s3.CopyObject(t.ctx, &s3.CopyObjectInput{
		Bucket: aws.String(bucket), Key: aws.String("copied"), CopySource: aws.String(bucket + "/link"),
	})
	if err != nil {
		return err
	}
	return t.holds("copied", []byte("by link"))
}

func (t *tour) conditions() error {
	_, err := t.s3.PutObject(t.ctx, &s3.PutObjectInput{
		Bucket: aws.String(bucket), Key: aws.String("link"), Body: bytes.NewReader(nil), IfNoneMatch: aws.String("*"),
	})
	if err := refused(err, "PreconditionFailed"); err != nil {
		return err
	}
	_, err = t.s3.GetObject(t.ctx, &s3.GetObjectInput{Bucket: aws.String(bucket), Key: aws.String("missing")})
	return refused(err, "NoSuchKey")
}

func (t *tour) versions() error {
	_, err := t.s3.PutBucketVersioning(t.ctx, &s3.PutBucketVersioningInput{
		Bucket:                  aws.String(bucket),
		VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled},
	})
	if err != nil {
		return err
	}
	for _, body := range []string{"one", "two"} {
		put, err := t.s3.PutObject(t.ctx, &s3.PutObjectInput{
			Bucket: aws.String(bucket), Key: aws.String("versioned"), Body: bytes.NewReader([]byte(body)),
		})
		if err != nil {
			return err
		}
		if aws.ToString(put.VersionId) == "" {
			return errors.New("no version id was given")
		}
	}
	if _, err := t.s3.DeleteObject(t.ctx, &s3.DeleteObjectInput{Bucket: aws.String(bucket), Key: aws.String("versioned")}); err != nil {
		return err
	}
	list, err := t.s3.ListObjectVersions(t.ctx, &s3.ListObjectVersionsInput{Bucket: aws.String(bucket), Prefix: aws.String("versioned")})
	if err != nil {
		return err
	}
	return same("versions and markers", []int{len(list.Versions), len(list.DeleteMarkers)}, []int{2, 1})
}

func (t *tour) removes() error {
	pages := s3.NewListObjectVersionsPaginator(t.s3, &s3.ListObjectVersionsInput{Bucket: aws.String(bucket), MaxKeys: aws.Int32(4)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.ctx)
		if err != nil {
			return err
		}
		all := []types.ObjectIdentifier{}
		for _, one := range page.Versions {
			all = append(all, types.ObjectIdentifier{Key: one.Key, VersionId: one.VersionId})
		}
		for _, one := range page.DeleteMarkers {
			all = append(all, types.ObjectIdentifier{Key: one.Key, VersionId: one.VersionId})
		}
		done, err := t.s3.DeleteObjects(t.ctx, &s3.DeleteObjectsInput{Bucket: aws.String(bucket), Delete: &types.Delete{Objects: all}})
		if err != nil {
			return err
		}
		if err := same("deleted", len(done.Deleted), len(all)); err != nil {
			return err
		}
	}
	_, err := t.s3.DeleteBucket(t.ctx, &s3.DeleteBucketInput{Bucket: aws.String(bucket)})
	return err
}

func main() {
	ctx := context.Background()
	settings, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		panic(err)
	}
	t := &tour{ctx, s3.NewFromConfig(settings, func(options *s3.Options) { options.UsePathStyle = true })}
	steps := []step{
		{"creates, finds and lists a bucket", (*tour).buckets},
		{"puts, heads and gets small and empty objects with the default checksum", (*tour).small},
		{"puts with a trailing checksum of each algorithm", (*tour).algorithms},
		{"uploads and downloads in parts with feature/s3/manager", (*tour).manager},
		{"uploads and downloads in parts with feature/s3/transfermanager", (*tour).transferManager},
		{"presigns PUT and GET", (*tour).presigned},
		{"lists over pages", (*tour).lists},
		{"copies", (*tour).copies},
		{"puts only what is not there yet, and gets S3's own errors", (*tour).conditions},
		{"keeps and lists versions", (*tour).versions},
		{"removes everything", (*tour).removes},
	}
	for _, step := range steps {
		told := map[string]any{"step": step.name, "error": nil}
		if err := step.take(t); err != nil {
			told["error"] = err.Error()
		}
		line, _ := json.Marshal(told)
		fmt.Fprintln(os.Stdout, string(line))
	}
}
