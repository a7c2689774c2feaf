using System.Net;
using Galley.Tests.Server;
using Galley.Wire;

namespace Galley.Tests.S3;

/// <summary>The largest object that one PUT may bring (5 GiB, Amazon S3 quotas): there and back, by the program, in flat memory.</summary>
public class HugeObjectTests
{
    private const long Size = 5L << 30;

    [Fact]
    public async Task Five_GiB_go_in_and_come_back_while_memory_stays_flat_and_a_byte_more_is_refused()
    {
        using var place = new Workplace();
        Assert.SkipUnless(new DriveInfo(place.Folder).AvailableFreeSpace > Size + (2L << 30), "less than 7 GiB are free where temporary files lie");
        await using var galley = await place.Start();
        using var s3 = await galley.Client();
        Assert.Equal(HttpStatusCode.OK, (await s3.Send("s3", HttpMethod.Put, "/bucket-huge", "<CreateBucketConfiguration><LocationConstraint>eu-west-2</LocationConstraint></CreateBucketConfiguration>"u8.ToArray())).Status);
        var environment = await galley.Environment();
        var signer = new SigV4.Signer(environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"], environment["AWS_REGION"], "s3");
        using var http = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        Uri Link(string method, string key) => SigV4.Presign(signer, method, new Uri(galley.Endpoint, "/bucket-huge/" + key), TimeSpan.FromHours(1), TimeProvider.System.GetUtcNow());

        var before = galley.PeakMemory;
        using (var put = await http.PutAsync(Link("PUT", "huge"), new Bytes(Size))) Assert.True(put.StatusCode == HttpStatusCode.OK, await put.Content.ReadAsStringAsync());

        using (var got = await http.GetAsync(Link("GET", "huge"), HttpCompletionOption.ResponseHeadersRead))
        {
            Assert.Equal((HttpStatusCode.OK, Size), (got.StatusCode, got.Content.Headers.ContentLength));
            await Bytes.Check(await got.Content.ReadAsStreamAsync(), Size);
        }

        Assert.InRange(galley.PeakMemory, 0, before + 128);
        using var tooLarge = new HttpRequestMessage(HttpMethod.Put, Link("PUT", "over")) { Content = new Bytes(Size + 1), Headers = { ExpectContinue = true } };
        using var over = await http.SendAsync(tooLarge);
        Assert.Equal(HttpStatusCode.BadRequest, over.StatusCode);
        Assert.Contains("<Code>EntityTooLarge</Code>", await over.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    /// <summary>Bytes that repeat after a prime number of them, so that no block of a power of two looks like the next.</summary>
    private sealed class Bytes : HttpContent
    {
        private static readonly byte[] _pattern = Pattern();
        private readonly long _size;

        public Bytes(long size) => Headers.ContentLength = _size = size;

        public static async Task Check(Stream stream, long size)
        {
            var buffer = new byte[_pattern.Length];
            for (var at = 0L; at < size; at += buffer.Length)
            {
                var wanted = (int)Math.Min(buffer.Length, size - at);
                await stream.ReadExactlyAsync(buffer.AsMemory(0, wanted));
                Assert.True(buffer.AsSpan(0, wanted).SequenceEqual(_pattern.AsSpan(0, wanted)), $"other bytes from {at} on");
            }

            Assert.Equal(0, await stream.ReadAsync(buffer));
        }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            for (var left = _size; left > 0; left -= _pattern.Length) await stream.WriteAsync(_pattern.AsMemory(0, (int)Math.Min(_pattern.Length, left)));
        }

        protected override bool TryComputeLength(out long length) => (length = _size) >= 0;

        private static byte[] Pattern()
        {
            var bytes = new byte[1_048_573];
            new Random(5).NextBytes(bytes);
            return bytes;
        }
    }
}
