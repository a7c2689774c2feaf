using Galley.Wire;

namespace Galley.Sqs;

/// <summary>A queue by account, region and name, whether it is there or not.</summary>
internal readonly record struct QueueRef(string Account, string Region, string Name)
{
    public string Arn => $"arn:aws:sqs:{Region}:{Account}:{Name}";

    /// <summary>False for what is no queue's ARN.</summary>
    public static bool TryParse(string? text, out QueueRef queue)
    {
        queue = default;
        if (!Wire.Arn.TryParse(text, out var arn) || arn.Service != "sqs" || arn.Resource.Length == 0 || arn.Resource.Contains(':', StringComparison.Ordinal)) return false;
        queue = new QueueRef(arn.Account, arn.Region, arn.Resource);
        return true;
    }

    /// <summary>The queue of a URL whose path is `/ACCOUNT/NAME`, whatever its host: AWS has given queues several hosts, and we are reached by several.</summary>
    public static QueueRef Of(string? url, Call call)
    {
        if (string.IsNullOrEmpty(url)) throw Errors.Missing("QueueUrl");
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.AbsolutePath.Split('/') is not ["", { Length: 12 } account, { Length: > 0 } name] || !account.All(char.IsAsciiDigit)) throw Errors.InvalidAddress(url);
        return account == call.Account ? new QueueRef(account, call.Region, name) : throw Errors.NoQueue();
    }

    /// <summary>Its URL at the address that the caller came by; by AWS's name for calls of our own.</summary>
    public string UrlFor(Call call) => $"{(call.Host.Length > 0 ? $"{(call.IsHttps ? "https" : "http")}://{call.Host}" : $"https://sqs.{Region}.amazonaws.com")}/{Account}/{Name}";
}
