using Coffer.Opa.Values;

namespace Coffer.Opa.AspNetCore.Api;

/// <summary>An answer that is an error, with the codes and words of Open Policy Agent.</summary>
internal sealed class ApiError : Exception
{
    private readonly RegoArray? errors;

    private ApiError(int status, string code, string message, RegoArray? errors = null) : base(message)
    {
        Status = status;
        Code = code;
        this.errors = errors;
    }

    public int Status { get; }

    public string Code { get; }

    public static ApiError InvalidParameter(string message) => new(400, "invalid_parameter", message);

    public static ApiError InvalidOperation(string message) => new(400, "invalid_operation", message);

    public static ApiError NotFound(string message) => new(404, "resource_not_found", message);

    public static ApiError Undefined(string path) =>
        new(404, "undefined_document", $"document missing or undefined: data.{path.Replace('/', '.')}");

    public static ApiError NotSupported(string message) => new(501, "not_implemented", message);

    /// <summary>The error for an evaluation that failed.</summary>
    public static ApiError For(PolicyException exception)
    {
        var code = exception.Kind switch
        {
            PolicyErrorKind.Cancelled or PolicyErrorKind.DeadlinePassed => "eval_cancel_error",
            PolicyErrorKind.BuiltinFailed => "eval_builtin_error",
            PolicyErrorKind.Aborted when exception.Message.Contains("conflict", StringComparison.Ordinal) =>
                "eval_conflict_error",
            _ => "eval_internal_error",
        };
        var error = new RegoObject(new("code", code), new("message", exception.Message));
        return new(500, "internal_error", "error(s) occurred while evaluating query", new RegoArray(error));
    }

    public RegoObject ToObject()
    {
        var body = new RegoObject(new("code", Code), new("message", Message));
        return errors is null ? body : body.With("errors", errors);
    }
}
