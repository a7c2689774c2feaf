using System.Net.Http.Headers;
using System.Text;
using Galley.Wire;

namespace Galley.Tests.S3;

/// <summary>Uploads by HTML form, and the links that old SDKs sign. F90 with its positive twins.</summary>
public class FormsTests
{
    private const string Policy =
        """{"expiration":"EXPIRES","conditions":[{"bucket":"bucket-a"},["starts-with","$key","user/"],["eq","$Content-Type","text/plain"],["content-length-range",1,10],{"success_action_status":"201"},["starts-with","$x-amz-meta-who",""],{"x-amz-algorithm":"AWS4-HMAC-SHA256"},{"x-amz-credential":"CREDENTIAL"},{"x-amz-date":"20261128T000000Z"}]}""";

    [Fact]
    public async Task F90_a_signed_form_is_put_with_its_fields()
    {
        await using var server = await ObjectsTests.Start();
        var js = await ObjectsTests.Bucket(server, "bucket-a");
        var (status, body, headers) = await Post(server, Fields(server), "hello");
        Assert.True(status == 201, body);
        Assert.Contains("<Key>user/photo.txt</Key>", body);
        Assert.Equal("\"5d41402abc4b2a76b9719d911017c592\"", headers.ETag?.Tag);
        var head = await js.Call("s3", "HeadObject", new { Bucket = "bucket-a", Key = "user/photo.txt" });
        Assert.Equal(("text/plain", "me", 5), ((string?)head["ContentType"], (string?)head["Metadata"]!["who"], (int)head["ContentLength"]!));
    }

    [Fact]
    public async Task F90_forms_that_do_not_fit_their_policy_are_refused()
    {
        await using var server = await ObjectsTests.Start();
        var js = await ObjectsTests.Bucket(server, "bucket-a");
        await Refused(Fields(server, DateTimeOffset.UtcNow.AddMinutes(-1)), "hello", 403, "AccessDenied", "Invalid according to Policy: Policy expired.");
        await Refused(Fields(server), "hello world", 400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size");
        await Refused(Fields(server), "", 400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size");
        await Refused(Changed("key", "other/x"), "hello", 403, "AccessDenied", "Invalid according to Policy: Policy Condition failed: [\"starts-with\", \"$key\", \"user/\"]");
        await Refused(Changed("Content-Type", "text/html"), "hello", 403, "AccessDenied", "Invalid according to Policy: Policy Condition failed: [\"eq\", \"$Content-Type\", \"text/plain\"]");
        await Refused([.. Fields(server), new("x-amz-meta-more", "1")], "hello", 403, "AccessDenied", "Invalid according to Policy: Extra input fields: x-amz-meta-more");
        await Refused(Changed("x-amz-signature", new string('0', 64)), "hello", 403, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided. Check your key and signing method.");
        var altered = Convert.ToBase64String(Encoding.UTF8.GetBytes(Policy.Replace("user/", "", StringComparison.Ordinal)));
        await Refused(Changed("policy", altered), "hello", 403, "SignatureDoesNotMatch");
        await Refused([.. Fields(server).Where(field => field.Key != "x-amz-signature")], "hello", 400, "InvalidArgument", "Bucket POST must contain a field named 'x-amz-signature'.  If it is specified, please check the order of the fields.");
        await Refused([.. Fields(server).Where(field => field.Key != "key")], "hello", 400, "InvalidArgument", "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields.");
        await Refused([new("key", "user/x")], "hello", 403, "AccessDenied");
        await Refused([.. Fields(server).Where(field => field.Key is "key" or "policy")], "hello", 403, "AccessDenied");
        using var http = new S3Http(server);
        var other = await http.Anonymous("POST", "/bucket-a", null, "key=user/x", ("Content-Type", "text/plain"));
        Assert.Equal(((412, "PreconditionFailed"), "Bucket POST must be of the enclosure-type multipart/form-data"), (other.Error, other.Element("Condition")));
        Assert.Null((await js.Call("s3", "ListObjectsV2", new { Bucket = "bucket-a" }))["Contents"]);

        List<KeyValuePair<string, string>> Changed(string name, string value) => [.. Fields(server).Select(field => field.Key == name ? new(name, value) : field)];

        async Task Refused(List<KeyValuePair<string, string>> fields, string content, int status, string code, string? text = null)
        {
            var answer = await Post(server, fields, content);
            Assert.True(answer.Status == status && answer.Body.Contains($"<Code>{code}</Code>", StringComparison.Ordinal), $"{status} {code}: {answer.Status} {answer.Body}");
            if (text is not null) Assert.Contains($"<Message>{text.Replace("\"", "\"", StringComparison.Ordinal)}</Message>", answer.Body);
        }
    }

    [Fact]
    public async Task F90_a_form_may_redirect_and_boto3_makes_forms_and_links_that_work()
    {
        await using var server = await ObjectsTests.Start();
        await ObjectsTests.Bucket(server, "bucket-a");
        var printed = await Clients.Python(server, """
            import boto3, urllib.request, urllib.error, uuid
            from botocore.client import Config
            def client(version): return boto3.client("s3", config=Config(signature_version=version, s3={"addressing_style": "path"}))
            class NoRedirect(urllib.request.HTTPRedirectHandler):
                def redirect_request(self, *args): return None
            opener = urllib.request.build_opener(NoRedirect)
            def send(url, data=None, method=None, headers={}):
                try:
                    with opener.open(urllib.request.Request(url, data=data, method=method, headers=headers)) as r: return r.status, r.read(), r.headers
                except urllib.error.HTTPError as e: return e.code, e.read(), e.headers
            def post(form, content):
                b = uuid.uuid4().hex
                body = "".join(f'--{b}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in form["fields"].items())
                body += f'--{b}\r\nContent-Disposition: form-data; name="file"; filename="C:\\\\x\\\\n a.txt"\r\nContent-Type: text/plain\r\n\r\n{content}\r\n--{b}--\r\n'
                return send(form["url"], body.encode(), "POST", {"Content-Type": "multipart/form-data; boundary=" + b})
            for version in ("s3v4", "s3"):
                s3 = client(version)
                form = s3.generate_presigned_post("bucket-a", "up/${filename}", Fields={"success_action_redirect": "https://app.example/done?x=1"},
                    Conditions=[{"success_action_redirect": "https://app.example/done?x=1"}, ["content-length-range", 0, 100]])
                status, _, headers = post(form, "content")
                print(version, status, headers["Location"])
                link = s3.generate_presigned_url("put_object", Params={"Bucket": "bucket-a", "Key": "a b/ü+.txt", "ContentType": "text/plain"})
                print(send(link, b"by link " + version.encode(), "PUT", {"Content-Type": "text/plain"})[0], send(link, b"x", "PUT", {"Content-Type": "text/html"})[0])
                link = s3.generate_presigned_url("get_object", Params={"Bucket": "bucket-a", "Key": "a b/ü+.txt", "ResponseContentType": "text/x"}, ExpiresIn=60)
                status, body, headers = send(link)
                print(status, body, headers["Content-Type"])
                print(send(link, method="DELETE")[0], send(link.replace("%2B", "-"))[0], send(link.replace("text%2Fx", "text%2Fy"))[0])
                over = s3.generate_presigned_url("get_object", Params={"Bucket": "bucket-a", "Key": "k"}, ExpiresIn=-5 if version == "s3" else 0)
                status, body, _ = send(over)
                print(status, b"Request has expired" in body or b"<Code>NoSuchKey" in body)
            print(sorted(o["Key"] for o in client("s3v4").list_objects_v2(Bucket="bucket-a")["Contents"]))
            """);
        Assert.Equal("""
            s3v4 303 https://app.example/done?x=1&bucket=bucket-a&key=up%2Fn%20a.txt&etag=%229a0364b9e99bb480dd25e1f0284c8555%22
            200 403
            200 b'by link s3v4' text/x
            403 403 403
            VARIES
            s3 303 https://app.example/done?x=1&bucket=bucket-a&key=up%2Fn%20a.txt&etag=%229a0364b9e99bb480dd25e1f0284c8555%22
            200 403
            200 b'by link s3' text/x
            403 403 403
            403 True
            ['a b/ü+.txt', 'up/n a.txt']
            """.ReplaceLineEndings("\n"), System.Text.RegularExpressions.Regex.Replace(printed, "(?m)^40[34] True(?=\ns3 303)", "VARIES"));
    }

    private static List<KeyValuePair<string, string>> Fields(GalleyServer server, DateTimeOffset? until = null)
    {
        var credential = $"{server.AccessKeyId}/20261128/{server.Region}/s3/aws4_request";
        var expires = (until ?? DateTimeOffset.UtcNow.AddMinutes(5)).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture);
        var policy = Convert.ToBase64String(Encoding.UTF8.GetBytes(Policy.Replace("EXPIRES", expires, StringComparison.Ordinal).Replace("CREDENTIAL", credential, StringComparison.Ordinal)));
        byte[] Hmac(byte[] key, string text) => System.Security.Cryptography.HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));
        var key = Hmac(Hmac(Hmac(Hmac(Encoding.UTF8.GetBytes("AWS4" + server.SecretAccessKey), "20261128"), server.Region), "s3"), "aws4_request");
        return
        [
            new("key", "user/${filename}"), new("Content-Type", "text/plain"), new("success_action_status", "201"), new("x-amz-meta-who", "me"), new("x-amz-algorithm", SigV4.Algorithm),
            new("x-amz-credential", credential), new("x-amz-date", "20261128T000000Z"), new("policy", policy), new("x-amz-signature", Convert.ToHexStringLower(Hmac(key, policy))),
        ];
    }

    private static async Task<(int Status, string Body, HttpResponseHeaders Headers)> Post(GalleyServer server, List<KeyValuePair<string, string>> fields, string content)
    {
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });
        using var form = new MultipartFormDataContent();
        foreach (var (name, value) in fields) form.Add(new StringContent(value) { Headers = { ContentType = null } }, $"\"{name}\"");
        form.Add(new ByteArrayContent(Encoding.UTF8.GetBytes(content)), "\"file\"", "\"photo.txt\"");
        using var answer = await http.PostAsync(new Uri(server.Endpoint, "/bucket-a"), form);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(), answer.Headers);
    }
}
