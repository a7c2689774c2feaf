using System.Text;
using Galley.CloudFormation;
using Galley.S3;
using Galley.Wire;

namespace Galley.Arrows;

/// <summary>Templates by URL come out of this installation's buckets only, and only what the caller may read.</summary>
internal sealed class CloudFormationToS3(S3Service s3) : IReadTemplates
{
    private static readonly Dictionary<string, string> NoHeaders = [];

    public async ValueTask<string?> Read(string bucket, string key, int most, Call call)
    {
        var reply = await s3.Fetch(new ObjectFetch(bucket, key, "GET", call.Principal, null, NoHeaders));
        if (reply.Status != 200) return null;
        if (reply.Stream is null) return reply.Body.Length <= most ? Encoding.UTF8.GetString(reply.Body.Span) : null;
        using var room = new MemoryStream(new byte[most], 0, most, writable: true, publiclyVisible: true);
        try
        {
            await reply.Stream(room, call.Cancellation);
        }
        catch (NotSupportedException)
        {
            // more than there is room for
            return null;
        }

        return Encoding.UTF8.GetString(room.GetBuffer(), 0, (int)room.Position);
    }
}
