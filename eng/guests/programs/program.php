<?php
echo json_encode(["a" => [1, 2]]), " ", preg_replace('/(\w+) (\w+)/', '$2 $1', "hello world"), " ", PHP_VERSION, "\n";
