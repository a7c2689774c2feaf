using System.Text;
using Galley.ApiGateway;
using Galley.S3;
using Galley.Wire;

namespace Galley.Arrows;

/// <summary>API definitions of templates that lie in a bucket (`BodyS3Location`), and only what the stack's maker may read.</summary>
internal sealed class ApiGatewayToS3(S3Service s3) : IReadDefinitions
{
    private const int Most = 6 << 20;
    private static readonly Dictionary<string, string> NoHeaders = [];

    public async ValueTask<string?> Read(string bucket, string key, Call call)
    {
        var reply = await s3.Fetch(new ObjectFetch(bucket, key, "GET", call.Principal, null, NoHeaders));
        if (reply.Status != 200) return null;
        if (reply.Stream is null) return Encoding.UTF8.GetString(reply.Body.Span);
        using var room = new MemoryStream(new byte[Most], 0, Most, writable: true, publiclyVisible: true);
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
