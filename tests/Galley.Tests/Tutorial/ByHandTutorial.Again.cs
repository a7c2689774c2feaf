using System.Text.Json.Nodes;

namespace Galley.Tests.Tutorial;

/// <summary>Part J: what was still wrong is mended: the function's callback, the page's address.</summary>
public sealed partial class TutorialByHand
{
    internal const string Mended = "<!doctype html><title>Mended</title>", Later = "<!doctype html><title>Later</title>";

    private async Task MoveCallback()
    {
        if (!HasRequests) return;
        var callback = Site + "/authenticate";
        await Open("token with the old callback", $"{ApiUrl}/token/{await NewCode(callback)}");
        var zip = await ZipWithRequests(_exchange.Replace(Google, callback, StringComparison.Ordinal));
        await Do("MoveCallback", "lambda", "UpdateFunctionCode", new JsonObject { ["FunctionName"] = "CognitoTokenExchange", ["ZipFile"] = AwsJs.Bytes(zip) });
        await Open("token with the new callback", $"{ApiUrl}/token/{await NewCode(callback)}");
    }

    private async Task UploadAgain()
    {
        await Open("site before", Site + "/");
        await EmptyAndUpload(Mended);
        await Open("site from the cache", Site + "/");
        await _js!.Call("cloudfront", "CreateInvalidation", new { DistributionId = _distribution, InvalidationBatch = new { CallerReference = "again", Paths = new { Quantity = 1, Items = new[] { "/*" } } } });
        await Open("site after invalidation", Site + "/");
        await EmptyAndUpload(Later);
        await Open("site within its time", Site + "/");
    }

    private async Task OutliveCache()
    {
        _clock.Advance(TimeSpan.FromHours(25));
        await Open("site after its time", Site + "/");
    }

    private async Task EmptyAndUpload(string index)
    {
        await _js!.Call("s3", "DeleteObjects", new { Bucket, Delete = new { Objects = Build.Select(file => new { file.Key }).ToArray() } });
        foreach (var (key, type) in Build)
            await _js.Call("s3", "PutObject", new { Bucket, Key = key, ContentType = type, Body = key == "index.html" ? index : "/* " + key + " */" });
    }
}
