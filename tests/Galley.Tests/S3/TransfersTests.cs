using Amazon.S3.Transfer;

namespace Galley.Tests.S3;

/// <summary>Other people's transfer libraries with their default settings, over HTTP and TLS.</summary>
public class TransfersTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Boto3_transfers_in_parts_and_back(bool tls)
    {
        await using var server = await ObjectsTests.Start();
        await ObjectsTests.Bucket(server, "bucket-a");
        var printed = await Clients.Python(server, """
            import boto3, hashlib, io, os
            from boto3.s3.transfer import TransferConfig
            s3 = boto3.client("s3")
            data = os.urandom(1000) * 12000
            s3.upload_fileobj(io.BytesIO(data), "bucket-a", "big", ExtraArgs={"Metadata": {"who": "me"}, "ContentType": "text/x"}, Config=TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20))
            head = s3.head_object(Bucket="bucket-a", Key="big", ChecksumMode="ENABLED")
            print(head["ContentLength"], head["ETag"][-3:], head["Metadata"], head["ContentType"], head["ChecksumType"])
            back = io.BytesIO()
            s3.download_fileobj("bucket-a", "big", back, Config=TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=4 << 20))
            print(back.getvalue() == data)
            attributes = s3.get_object_attributes(Bucket="bucket-a", Key="big", ObjectAttributes=["ETag", "Checksum", "ObjectParts", "ObjectSize", "StorageClass"])
            print(attributes["ObjectSize"], attributes["StorageClass"], attributes["ObjectParts"]["TotalPartsCount"])
            s3.copy({"Bucket": "bucket-a", "Key": "big"}, "bucket-a", "copy", Config=TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20))
            print(s3.get_object(Bucket="bucket-a", Key="copy")["Body"].read() == data)
            s3.copy_object(Bucket="bucket-a", Key="whole", CopySource={"Bucket": "bucket-a", "Key": "big"})
            print(s3.head_object(Bucket="bucket-a", Key="whole")["ETag"] == '"' + hashlib.md5(data).hexdigest() + '"')
            s3.put_object(Bucket="bucket-a", Key="gone", Body=b"x")
            bucket = boto3.resource("s3").Bucket("bucket-a")
            print(sorted(o.key for o in bucket.objects.all()))
            bucket.objects.all().delete()
            bucket.delete()
            s3.get_waiter("bucket_not_exists").wait(Bucket="bucket-a")
            """, tls);
        Assert.Equal("""
            12000000 -3" {'who': 'me'} text/x COMPOSITE
            True
            12000000 STANDARD 3
            True
            True
            ['big', 'copy', 'gone', 'whole']
            """.ReplaceLineEndings("\n"), printed);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Lib_storage_streams_an_upload_of_unknown_length(bool tls)
    {
        await using var server = await ObjectsTests.Start();
        await ObjectsTests.Bucket(server, "bucket-a");
        var printed = await Clients.Node(server, """
            import { S3Client, GetObjectCommand, HeadObjectCommand } from "@aws-sdk/client-s3";
            import { Upload } from "@aws-sdk/lib-storage";
            import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
            import { Readable } from "node:stream";
            const client = new S3Client({ forcePathStyle: true });
            async function* parts() { for (let i = 0; i < 12; i++) yield Buffer.alloc(1 << 20, i); }
            const done = await new Upload({ client, params: { Bucket: "bucket-a", Key: "a/é b", Body: Readable.from(parts()) } }).done();
            console.log(done.ETag.endsWith('-3"'), done.Key);
            const { Body, ContentLength } = await client.send(new GetObjectCommand({ Bucket: "bucket-a", Key: "a/é b" }));
            const bytes = await Body.transformToByteArray();
            console.log(ContentLength, bytes.length, bytes[0], bytes[bytes.length - 1]);
            const url = await getSignedUrl(client, new GetObjectCommand({ Bucket: "bucket-a", Key: "a/é b", Range: "bytes=0-3" }), { expiresIn: 60 });
            console.log((await fetch(url, { headers: { Range: "bytes=0-3" } })).status);
            const small = await new Upload({ client, params: { Bucket: "bucket-a", Key: "small", Body: "text" } }).done();
            console.log(small.ETag);
            """, tls);
        Assert.Equal("""
            true a/é b
            12582912 12582912 0 11
            206
            "1cb251ec0d568de6a929b520c4aed8d1"
            """.ReplaceLineEndings("\n"), printed);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TransferUtility_of_the_NET_SDK_uploads_and_downloads_files_and_folders(bool tls)
    {
        await using var server = await ObjectsTests.Start();
        await ObjectsTests.Bucket(server, "bucket-a");
        using var s3 = ObjectsTests.Client(server, tls);
        var folder = Directory.CreateTempSubdirectory("galley-transfer-").FullName;
        try
        {
            var data = new byte[18 << 20];
            new Random(1).NextBytes(data);
            Directory.CreateDirectory(Path.Combine(folder, "up", "deep"));
            await File.WriteAllBytesAsync(Path.Combine(folder, "up", "big.bin"), data);
            await File.WriteAllTextAsync(Path.Combine(folder, "up", "deep", "small.txt"), "small");
            using var transfer = new TransferUtility(s3);
            await transfer.UploadDirectoryAsync(new TransferUtilityUploadDirectoryRequest { BucketName = "bucket-a", Directory = Path.Combine(folder, "up"), KeyPrefix = "p", SearchOption = SearchOption.AllDirectories });
            Assert.Contains('-', (await s3.GetObjectMetadataAsync("bucket-a", "p/big.bin")).ETag);
            await transfer.DownloadDirectoryAsync("bucket-a", "p", Path.Combine(folder, "down"));
            var back = await File.ReadAllBytesAsync(Path.Combine(folder, "down", "big.bin"));
            Assert.True(data.AsSpan().SequenceEqual(back));
            Assert.Equal("small", await File.ReadAllTextAsync(Path.Combine(folder, "down", "deep", "small.txt")));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_CLI_syncs_copies_moves_presigns_and_serves_a_website(bool tls)
    {
        await using var server = await ObjectsTests.Start();
        var folder = Directory.CreateTempSubdirectory("galley-cli-").FullName;
        try
        {
            Directory.CreateDirectory(Path.Combine(folder, "site", "css"));
            await File.WriteAllTextAsync(Path.Combine(folder, "site", "index.html"), "<h1>hi</h1>");
            await File.WriteAllTextAsync(Path.Combine(folder, "site", "css", "a b.css"), "css");
            // S3 tells times by the second: a file written in the second of its upload would look newer than its copy.
            foreach (var file in Directory.GetFiles(Path.Combine(folder, "site"), "*", SearchOption.AllDirectories))
            {
                File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddMinutes(-1));
            }

            await File.WriteAllBytesAsync(Path.Combine(folder, "big.bin"), new byte[9 << 20]);
            await Aws("s3", "mb", "s3://cli-bucket");
            await Aws("s3", "sync", "site", "s3://cli-bucket/", "--no-progress");
            Assert.Equal("", await Aws("s3", "sync", "site", "s3://cli-bucket/", "--no-progress"));
            File.Delete(Path.Combine(folder, "site", "css", "a b.css"));
            Assert.Equal("delete: s3://cli-bucket/css/a b.css", await Aws("s3", "sync", "site", "s3://cli-bucket/", "--delete", "--no-progress"));
            await Aws("s3", "cp", "big.bin", "s3://cli-bucket/big.bin", "--no-progress");
            await Aws("s3", "mv", "s3://cli-bucket/big.bin", "s3://cli-bucket/moved/big.bin", "--no-progress");
            await Aws("s3", "cp", "s3://cli-bucket/moved/big.bin", "back.bin", "--no-progress");
            Assert.Equal(9 << 20, new FileInfo(Path.Combine(folder, "back.bin")).Length);
            Assert.Contains("PRE moved/", await Aws("s3", "ls", "s3://cli-bucket"));
            var link = await Aws("s3", "presign", "s3://cli-bucket/index.html", "--expires-in", "60");
            using var http = new HttpClient(ObjectsTests.Trusting(server));
            Assert.Equal("<h1>hi</h1>", await http.GetStringAsync(link));
            await Aws("s3", "website", "s3://cli-bucket", "--index-document", "index.html", "--error-document", "index.html");
            Assert.Contains("index.html", await Aws("s3api", "get-bucket-website", "--bucket", "cli-bucket"));
            await Aws("s3api", "put-bucket-versioning", "--bucket", "cli-bucket", "--versioning-configuration", "Status=Enabled");
            await Aws("s3api", "delete-object", "--bucket", "cli-bucket", "--key", "index.html");
            Assert.Contains("DeleteMarkers", await Aws("s3api", "list-object-versions", "--bucket", "cli-bucket"));
            Assert.Contains("delete: s3://cli-bucket/moved/big.bin", await Aws("s3", "rm", "s3://cli-bucket", "--recursive"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        Task<string> Aws(params string[] arguments) => Clients.Cli(server, folder, tls, arguments);
    }
}
