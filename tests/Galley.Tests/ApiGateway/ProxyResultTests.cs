using System.Text;
using Galley.ApiGateway.Invoke;

namespace Galley.Tests.ApiGateway;

public class ProxyResultTests
{
    [Theory]
    [InlineData("""[{"a":1}]""", """200 application/json [{"a":1}]""")]
    [InlineData("""{"error":"invalid_grant"}""", """200 application/json {"error":"invalid_grant"}""")]
    [InlineData("\"hello\"", "200 application/json hello")]
    [InlineData("null", "200 application/json null")]
    [InlineData("", "200 application/json null")]
    [InlineData("""{"statusCode":201,"body":"x"}""", "201 text/plain;charset=UTF-8 x")]
    [InlineData("""{"statusCode":"202","headers":{"Content-Type":"a/b","n":1},"body":"aGk=","isBase64Encoded":true}""", "202 a/b hi")]
    public void Format_2_infers_what_is_not_said(string payload, string expected)
    {
        var answer = ProxyResult.Read(Encoding.UTF8.GetBytes(payload), inferring: true)!;
        var type = answer.Headers.Single(header => header.Key.Equals("content-type", StringComparison.OrdinalIgnoreCase)).Value;
        Assert.Equal(expected, $"{answer.Status} {type} {Encoding.UTF8.GetString(answer.Body.Span)}");
    }

    [Theory]
    [InlineData("""{"statusCode":"x"}""")]
    [InlineData("""{"statusCode":99}""")]
    [InlineData("""{"statusCode":200,"body":{"a":1}}""")]
    [InlineData("""{"statusCode":200,"headers":["a"]}""")]
    [InlineData("""{"statusCode":200,"headers":{"a":"b\r\nset-cookie: c=d"}}""")]
    [InlineData("""{"statusCode":200,"headers":{"a b":"c"}}""")]
    [InlineData("""{"statusCode":200,"body":"?","isBase64Encoded":true}""")]
    [InlineData("""{"statusCode":200,"cookies":"a=b"}""")]
    [InlineData("not json")]
    public void A_malformed_result_is_none(string payload) => Assert.Null(ProxyResult.Read(Encoding.UTF8.GetBytes(payload), inferring: true));

    [Fact]
    public void Format_1_infers_nothing_and_takes_many_values()
    {
        Assert.Null(ProxyResult.Read("""{"a":1}"""u8.ToArray(), inferring: false));
        var answer = ProxyResult.Read("""{"statusCode":200,"headers":{"x":"0"},"multiValueHeaders":{"X":["1","2"]}}"""u8.ToArray(), inferring: false)!;
        Assert.Equal(["1", "2"], answer.Headers.Where(header => header.Key == "X").Select(header => header.Value));
        Assert.DoesNotContain(answer.Headers, header => header.Key == "x");
    }
}
