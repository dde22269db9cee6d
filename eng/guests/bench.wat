;; What sightglass modules call around the work they measure.
(module (func (export "start")) (func (export "end")))
