module top(input clk, input rst, input [3:0] a, b, output reg [7:0] sum);
  always @(posedge clk)
    if (rst) sum <= 0;
    else sum <= sum + a * b;
endmodule
