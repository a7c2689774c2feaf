using System.Net;
using Galley.Tests.Server;

namespace Galley.Tests.S3;

/// <summary>A disk without room: writes are refused in S3's form, nothing of them is seen, reads go on, and with room again so do writes.</summary>
public class FullDiskTests
{
    [Fact]
    public async Task A_full_disk_refuses_writes_whole_and_takes_them_again_when_there_is_room()
    {
        using var place = new Workplace();
        Assert.SkipUnless(await place.CanMount(), "no disk can be mounted here (unshare, mount)");
        await using var galley = await place.StartOnSmallDisk(160);
        using var s3 = await galley.Client();
        var large = new byte[24 << 20];
        Random.Shared.NextBytes(large);
        Assert.Equal(HttpStatusCode.OK, (await Send(HttpMethod.Put, "/bucket-full", """<CreateBucketConfiguration><LocationConstraint>eu-west-2</LocationConstraint></CreateBucketConfiguration>"""u8.ToArray())).Status);
        Assert.Equal(HttpStatusCode.OK, (await Put("small", "kept"u8.ToArray())).Status);

        var kept = 0;
        (HttpStatusCode Status, string Body) refused;
        while ((refused = await Put($"large-{kept}", Another())).Status == HttpStatusCode.OK) Assert.True(++kept < 100, "the disk is never full");
        Failed(refused);
        Assert.Equal(HttpStatusCode.NotFound, (await Send(HttpMethod.Get, $"/bucket-full/large-{kept}")).Status);

        // a part and an upload that cannot be kept
        var upload = Between((await Send(HttpMethod.Post, "/bucket-full/parts?uploads=")).Body, "<UploadId>", "</UploadId>");
        Failed(await Send(HttpMethod.Put, $"/bucket-full/parts?partNumber=1&uploadId={upload}", Another()));
        Assert.DoesNotContain("<Part>", (await Send(HttpMethod.Get, $"/bucket-full/parts?uploadId={upload}")).Body, StringComparison.Ordinal);

        // small objects lie in the store, whose log takes what is left
        var small = 0;
        while ((refused = await Put($"small-{small:00000}", Another()[..(30 << 10)])).Status == HttpStatusCode.OK) Assert.True(++small < 10_000, "the log is never full");
        Failed(refused);
        Assert.Equal(HttpStatusCode.NotFound, (await Send(HttpMethod.Get, $"/bucket-full/small-{small:00000}")).Status);
        Failed(await Send(HttpMethod.Delete, "/bucket-full/small"));
        Assert.Equal((HttpStatusCode.OK, "kept"), await Send(HttpMethod.Get, "/bucket-full/small"));
        var listed = (await Send(HttpMethod.Get, "/bucket-full?list-type=2&prefix=large")).Body;
        Assert.Equal(kept, listed.Split("<Key>").Length - 1);
        Assert.DoesNotContain("parts", (await Send(HttpMethod.Get, "/bucket-full?list-type=2&prefix=parts&delimiter=%2F")).Body.Replace("<Prefix>parts</Prefix>", "", StringComparison.Ordinal), StringComparison.Ordinal);

        // room again: somebody else's file is gone
        await galley.MoreRoom(place, 400);
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while ((await Put("after", large)).Status != HttpStatusCode.OK) patience.Token.ThrowIfCancellationRequested();
        while ((await Put("small-after", "x"u8.ToArray())).Status != HttpStatusCode.OK) patience.Token.ThrowIfCancellationRequested();
        Assert.Equal((HttpStatusCode.OK, "x"), await Send(HttpMethod.Get, "/bucket-full/small-after"));
        Assert.Equal((HttpStatusCode.OK, "kept"), await Send(HttpMethod.Get, "/bucket-full/small"));

        byte[] Another()
        {
            large[0]++; // equal bytes would be kept once
            if (large[0] == 0) large[1]++;
            return large;
        }

        Task<(HttpStatusCode Status, string Body)> Put(string key, byte[] body) => Send(HttpMethod.Put, "/bucket-full/" + key, body);

        Task<(HttpStatusCode Status, string Body)> Send(HttpMethod method, string target, byte[]? body = null) => s3.Send("s3", method, target, body);

        static void Failed((HttpStatusCode Status, string Body) answer)
        {
            Assert.Equal(HttpStatusCode.InternalServerError, answer.Status);
            Assert.Contains("<Code>InternalError</Code>", answer.Body, StringComparison.Ordinal);
        }

        static string Between(string text, string before, string after)
        {
            var start = text.IndexOf(before, StringComparison.Ordinal) + before.Length;
            return text[start..text.IndexOf(after, start, StringComparison.Ordinal)];
        }
    }
}
